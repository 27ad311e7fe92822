import Files
import Foundation
import Pipelines
import TestSupport

@testable import Report
@testable import Tracking

/// Reports made of attempts that are at hand.
enum SampleReport {
  /// Names that would be a program, were they not escaped, and one that turns text around.
  static let hostile =
    #"<img src=x onerror=alert(1)>"' &amp; </script><script>x()</script>"# + "\u{202E}\u{7}"

  /// Figures of a model on one split.
  static func figures(
    _ model: String, score: Double, milliseconds: Double, parameters: Double
  ) -> [(name: String, value: Double)] {
    [
      ("layers", 3), ("hidden_size", 312), ("parameters", parameters),
      ("flops_per_token", 6_916_500),
      ("test_accuracy", score), ("test_f1", score - 0.01), ("test_accuracy_lower", score - 0.015),
      ("test_accuracy_upper", score + 0.015), ("test_confusion_0_0", 748),
      ("test_confusion_0_1", 164), ("test_confusion_1_0", 139), ("test_confusion_1_1", 770),
      ("latency_p50_ms", milliseconds), ("latency_p95_ms", milliseconds * 2),
      ("tokens_per_second", 6473),
    ].map { ("\(model).\($0.0)", $0.1) }
  }

  /// An attempt that is done.
  static func attempt(_ stage: String, kind: String? = nil, id: String? = nil) -> Attempt {
    var attempt = Attempt(
      id: id ?? "0123abcd-\(stage)", stage: stage, status: "done", started: "2026-11-28T16:15:08Z")
    attempt.kind = kind ?? stage
    attempt.isCurrent = true
    attempt.seconds = 75.5
    attempt.options = [("learning_rate", .real(5e-5))]
    attempt.environment = [("instruction_set", "AVX-512")]
    return attempt
  }

  /// An evaluation of a teacher, a student and a baseline, and the stages that made them.
  static func evaluated(_ suffix: String = "") -> [Attempt] {
    var makers = [
      ("teacher", "finetune"), ("prediction", "prediction"), ("baseline", "finetune"),
    ].map { attempt($0.0 + suffix, kind: $0.1) }
    for place in makers.indices {
      makers[place].outputs = [
        .init(port: "model", name: "m\(place)" + suffix, path: "m", content: "c\(place)")
      ]
    }
    var evaluate = attempt("evaluate" + suffix, kind: "evaluate")
    evaluate.options = [("compare", .array([.string("m1\(suffix):m2\(suffix)")]))]
    evaluate.inputs = [
      .init(port: "teacher", name: "m0" + suffix, path: "m", content: "c0"),
      .init(port: "models", name: "m1" + suffix, path: "m", content: "c1"),
      .init(port: "models", name: "m2" + suffix, path: "m", content: "c2"),
    ]
    evaluate.metrics = figures(
      "m0" + suffix, score: 0.8841, milliseconds: 23.45, parameters: 22_713_986)
    evaluate.metrics += figures(
      "m1" + suffix, score: 0.8336, milliseconds: 8.31, parameters: 13_208_690)
    evaluate.metrics.append(("m1\(suffix).test_agreement", 0.8561))
    evaluate.metrics.append(("m1\(suffix).test_accuracy_difference", -0.0505))
    evaluate.metrics += figures(
      "m2" + suffix, score: 0.765, milliseconds: 8.4, parameters: 13_208_690)
    evaluate.metrics.append(("compare.test_difference", 0.0686))
    evaluate.metrics.append(("compare.test_lower", 0.0505))
    evaluate.metrics.append(("compare.test_upper", 0.0868))
    return makers + [evaluate]
  }

  /// A workspace with these attempts, each a stage that reads what the one before it makes.
  static func workspace(
    _ path: String, _ attempts: [Attempt], series: [String: RecordedSeries] = [:],
    disagreements: [Disagreements] = []
  ) -> ReportedWorkspace {
    let nodes = attempts.enumerated().map { place, attempt in
      StageGraph.Node(
        name: attempt.stage, kind: attempt.kind,
        inputs: [.init(port: "in", names: [place == 0 ? "source" : "a\(place - 1)"])],
        outputs: ["a\(place)"], state: attempt.status, seconds: attempt.seconds)
    }
    return ReportedWorkspace(
      path: path, graph: StageGraph(name: "sample", nodes: nodes), attempts: attempts,
      series: series, disagreements: disagreements)
  }

  /// A series as a record has it.
  static func series(_ name: String, _ values: [(step: Int, value: Double)]) throws
    -> RecordedSeries
  {
    try withTemporaryFolder { folder in
      let lines = try values.map { step, value in
        let record = MetricRecord(
          time: 1, stage: "s", event: .step, step: step,
          values: [.init(name, value), .init("epoch", 1)])
        return String(decoding: try record.json.encoded(), as: UTF8.self) + "\n"
      }
      try AtomicFile.write(lines.joined(), to: folder + "/metrics.jsonl")
      var attempt = attempt("s")
      attempt.isCurrent = true
      let found = try RecordedSeries.ofLast([attempt], in: Workspace(path: folder))
      return found[attempt.id] ?? RecordedSeries()
    }
  }
}

/// Whether every element of a page is closed where it should be.
func balance(_ page: String) throws -> [String] {
  var open: [String] = []
  var faults: [String] = []
  let bare = try page.replacing(Regex("(?s)<style>.*?</style>"), with: "")
    .replacing(Regex("(?s)<script>.*?</script>"), with: "")
  for match in bare.matches(of: try Regex("<(/?)([A-Za-z0-9]+)([^<>]*)>")) {
    guard let name = match[2].substring.map(String.init), let slash = match[1].substring else {
      continue
    }
    if ["meta", "link"].contains(name) { continue }
    if slash.isEmpty {
      open.append(name)
    } else if open.popLast() != name {
      faults.append(name)
    }
  }
  return faults + open
}
