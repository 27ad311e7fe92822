internal import Files
internal import Testing

@testable internal import Pipelines

/// How the time for a pipeline file grows with it: four times as much of anything may take little more
/// than four times as long.
@Suite(.serialized) struct GrowthTests {
  /// A kind of file that can be made larger.
  struct Kind: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let size: Int
    let text: @Sendable (Int) -> String

    init(_ name: String, _ size: Int, _ text: @escaping @Sendable (Int) -> String) {
      testDescription = name
      self.size = size
      self.text = text
    }
  }

  private static func file(sources: String = "{ t: a.txt }", _ stages: [String]) -> String {
    "pipeline: p\nsources: \(sources)\nstages:\n" + stages.map { "  \($0)\n" }.joined()
  }

  static let kinds = [
    Kind("many stages in a row", 500) { count in
      file(
        (0..<count).map { index in
          "s\(index): { run: train, inputs: { teacher: \(index == 0 ? "t" : "o\(index - 1)") },"
            + " outputs: { model: o\(index) } }"
        })
    },
    Kind("many stages in reverse", 500) { count in
      file(
        (0..<count).map { index in
          "s\(index): { run: train, inputs: { teacher: "
            + "\(index == count - 1 ? "t" : "o\(index + 1)") }, outputs: { model: o\(index) } }"
        })
    },
    Kind("inputs that nothing makes", 500) { count in
      file(
        (0..<count).map { index in
          "s\(index): { run: train, inputs: { teacher: x\(index) }, outputs: { model: o\(index) } }"
        })
    },
    Kind("sources that nothing reads", 500) { count in
      file(
        sources: "{ "
          + (0..<count).map { "t\($0): a\($0).txt" }.joined(separator: ", ") + " }",
        (0..<count).map { index in
          "s\(index): { run: make, inputs: { text: u\(index) }, outputs: { model: o\(index) } }"
        })
    },
    Kind("options that do not exist", 500) { count in
      file((0..<count).map { "s\($0): { run: make, input: t, outputs: { model: o\($0) }, k: 1 }" })
    },
    Kind("a matrix of many values, each of which is there twice", 500) { count in
      let values = (0..<count).map { "v\($0), v\($0)" }.joined(separator: ", ")
      return file([
        "s: { run: make, input: t, matrix: { a: [\(values)] }, outputs: { model: 'o${a}' } }"
      ])
    },
    Kind("entries of many keys", 400) { count in
      let keys = (0..<count).map { "k\($0): \($0)" }.joined(separator: ", ")
      let entries = (0..<10).map { "{ n: \($0), \(keys) }" }.joined(separator: ", ")
      return file([
        "s: { run: make, input: t, foreach: [\(entries)], outputs: { model: 'o${n}' } }"
      ])
    },
  ]

  @Test(arguments: kinds)
  func `four times the file takes little more than four times as long`(_ kind: Kind) {
    func seconds(_ count: Int) -> Double {
      let text = kind.text(count)
      let clock = ContinuousClock()
      // The least of three: what else the machine does only adds.
      return (0..<3).map { _ in
        clock.measure {
          _ = try? PipelineFile.parse(text, path: "p.yaml", registry: fakeRegistry)
        } / .seconds(1)
      }.min() ?? 0
    }
    let (small, large) = (seconds(kind.size), seconds(4 * kind.size))
    #expect(large < 10 * small + 0.02, "\(small) s and \(large) s")
  }

  @Test func `a plan over thousands of stages takes time in proportion`() throws {
    func seconds(_ count: Int) throws -> Double {
      try withRecorder(Self.kinds[0].text(count).replacing("teacher: t }", with: "teacher: t }")) {
        recorder in
        let pipeline = try recorder.load()
        let clock = ContinuousClock()
        return try (0..<3).map { _ in
          try clock.measure {
            let planner = try recorder.runner(pipeline).makePlanner(
              StageSelection(RunOptions(threads: 1), in: pipeline), toleratesMissing: true)
            _ = planner.unneeded(of: try StageSelection(RunOptions(threads: 1), in: pipeline))
          } / .seconds(1)
        }.min() ?? 0
      }
    }
    let (small, large) = (try seconds(500), try seconds(2000))
    #expect(large < 10 * small + 0.02, "\(small) s and \(large) s")
  }

  @Test func `stages, instances and inputs beyond all sense are refused at once`() {
    let values = (0..<1000).map(String.init).joined(separator: ",")
    func stage(_ index: Int) -> String {
      "s\(index): { run: make, input: t, matrix: { a: [\(values)] }, outputs: { model: 'o\(index)-${a}' }, label: '${a}' }"
    }
    #expect(
      faults(Self.file((0..<11).map(stage))).contains {
        $0.hasSuffix(
          "stages.s10: more than 10000 stages, instances counted; divide them among several files")
      })
    let each =
      "s: { run: make, matrix: { a: [\(values)] }, each: { b: [\(values)] }, inputs: { text: 'x${b}' }, outputs: { model: 'o${a}' } }"
    #expect(
      faults(Self.file([each])).contains { $0.contains("more than 100000 inputs in all instances") }
    )
  }

  @Test func `metrics are compared in time in proportion to their number`() {
    func seconds(_ count: Int) -> Double {
      let metrics = (0..<count).map { ("m\($0)", Double($0)) }
      let recorded = RecordedMetrics(stages: [
        RecordedMetrics.Stage(name: "s", metrics: metrics, fingerprint: nil)
      ])
      let clock = ContinuousClock()
      return (0..<3).map { _ in
        clock.measure { _ = MetricsDifference(from: recorded, to: recorded).stages.count }
          / .seconds(1)
      }.min() ?? 0
    }
    let (small, large) = (seconds(1000), seconds(4000))
    #expect(large < 10 * small + 0.02, "\(small) s and \(large) s")
  }
}
