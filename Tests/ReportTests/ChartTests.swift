import Testing

@testable import Report

@Suite struct ChartTests {
  @Test func `a linear scale has round ends and ticks that enclose all numbers`() throws {
    let scale = Scale(of: [76.2, 88.9, .nan], from: 240, to: 30)
    #expect(scale.low <= 76.2 && scale.high >= 88.9)
    #expect(scale.ticks.first == scale.low && scale.ticks.count >= 3)
    #expect(abs((scale.ticks.last ?? .nan) - scale.high) < 1e-9)
    #expect(scale.place(scale.low) == 240 && scale.place(scale.high) == 30)
    #expect(scale.place(.infinity) == nil)
    let zero = Scale(of: [8.3, 23.4], fromZero: true, from: 0, to: 100)
    #expect(zero.low == 0 && zero.high >= 23.4)
  }

  @Test func `a logarithmic scale puts equal ratios equally far`() throws {
    let scale = Scale(of: [0.003, 4.2], isLogarithmic: true, from: 0, to: 100)
    #expect(scale.low <= 0.003 && scale.high >= 4.2)
    let places = try [0.01, 0.1, 1].map { try #require(scale.place($0)) }
    #expect(abs((places[1] - places[0]) - (places[2] - places[1])) < 1e-9)
    #expect(scale.place(0) == nil && scale.place(-1) == nil)
    #expect((2...6).contains(scale.ticks.count))
  }

  @Test(arguments: [[], [0.0], [5.0, 5.0], [.nan], [-3.0], [1e-300, 1e300], [1e308, -1e308]])
  func `no numbers make a scale without ends`(values: [Double]) {
    for isLogarithmic in [false, true] {
      let scale = Scale(of: values, isLogarithmic: isLogarithmic, from: 0, to: 10)
      #expect(scale.low < scale.high)
      #expect(scale.ticks.count < 30)
    }
  }

  @Test func `a decimated curve keeps its ends and its extremes`() throws {
    var points = (0..<100_000).map { Curve.Point(step: Double($0), value: 1) }
    points[34_567] = Curve.Point(step: 34_567, value: 9)
    points[77_777] = Curve.Point(step: 77_777, value: -9)
    points[5] = Curve.Point(step: 5, value: .nan)
    let few = Curve.decimated(points, into: 300, of: 99_999)
    #expect(few.count <= 1200)
    #expect(few.first == points.first && few.last == points.last)
    #expect(few.contains(points[34_567]) && few.contains(points[77_777]))
    #expect(zip(few, few.dropFirst()).allSatisfy { $0.step < $1.step })
    #expect(Curve.decimated(points, into: 0, of: 0).count == 99_999)
    #expect(Curve.decimated([], into: 10, of: 5).isEmpty)
  }

  @Test func `places are written in as few letters as they take`() {
    #expect(
      [12.0, 12.34, -0.04, -3.96, .nan, 1e30].map(Coordinate.text)
        == ["12", "12.3", "0", "-4", "0", "1000000"])
  }

  @Test func `a chart of scores names every model and marks what it is there for`() throws {
    let points = [("t", Evaluation.Role.teacher, 23.0), ("s", .student, 8), ("b", .baseline, 8.1)]
      .map { name, role, cost in
        WorthChart.Point(
          name: name, role: role, cost: cost, score: cost / 30, interval: (cost / 31, cost / 29))
      }
    let chart = WorthChart(points: points, costName: "ms", scoreName: "accuracy", scoreUnit: 0.01)
    let source = try #require(chart.figure).source
    for role in ["teacher", "student", "baseline"] {
      #expect(source.contains("<g class=\"\(role)\">"))
      #expect(try Regex("class=\"label (start|end|middle) \(role)\"").firstMatch(in: source) != nil)
    }
    #expect(source.matches(of: try Regex("class=\"interval\"")).count == 3)
    #expect(WorthChart(points: [], costName: "", scoreName: "").figure == nil)
  }

  @Test func `a phase is as wide as it has steps, and a line stays within it`() throws {
    let chart = CourseChart(
      phases: [.init(name: "general", steps: 300), .init(name: "intermediate", steps: 100)],
      curves: [
        Curve(run: 0, phase: 0, points: [.init(step: 0, value: 4), .init(step: 300, value: 2)]),
        Curve(run: 0, phase: 1, points: [.init(step: 50, value: 3)]),
      ], runs: ["a"], title: "loss")
    let source = chart.figure.source
    let bands = source.matches(of: try Regex("data-from=\"([0-9.]+)\" data-to=\"([0-9.]+)\""))
      .map { match in (1...2).map { Double(match[$0].substring ?? "") ?? -1 } }
    #expect(bands.count == 2)
    let widths = bands.map { $0[1] - $0[0] }
    #expect(abs(widths[0] / widths[1] - 3) < 0.05)
    #expect(source.contains("d=\"M\(Coordinate.text(bands[0][0])) "))
    // A curve of one point is a dot.
    #expect(source.matches(of: try Regex("class=\"curve c0 dot\" d=\"M[0-9. ]+h0.1\"")).count == 1)
    #expect(source.matches(of: try Regex("class=\"curve c0\" d=\"M[0-9. ]+L")).count == 1)
    #expect(source.contains(">general</text>") || source.contains("general</title>"))
    #expect(try balance(source).isEmpty)
  }
}
