import Testing

@testable import Report

@Suite struct StageGraphTests {
  /// The quickstart's graph, as far as its lines cross.
  static let graph = StageGraph(
    name: "quickstart",
    nodes: [
      ("corpus", "corpus", ["sentences", "encoder"], "corpus"),
      ("dataset", "dataset", ["train_rows", "encoder"], "rows"),
      ("mlm", "finetune", ["encoder", "corpus"], "mlm"),
      ("teacher", "finetune", ["encoder", "rows"], "teacher"),
      ("general", "general", ["encoder", "corpus"], "general_student"),
      ("augment", "augment", ["rows", "mlm", "encoder"], "augmented"),
      ("intermediate", "intermediate", ["teacher", "general_student", "augmented"], "middle"),
      ("prediction", "prediction", ["teacher", "middle", "augmented"], "student"),
      ("evaluate", "evaluate", ["teacher", "student", "rows"], "predictions"),
      ("export", "export", ["student"], "folder"),
    ].map { name, kind, inputs, output in
      StageGraph.Node(
        name: name, kind: kind, inputs: [.init(port: "in", names: inputs)], outputs: [output])
    })

  @Test func `edges follow from names, and what nobody makes is a source`() {
    #expect(Self.graph.sources == ["sentences", "encoder", "train_rows"])
    #expect(
      Self.graph.predecessors == [
        [], [], [0], [1], [0], [1, 2], [3, 4, 5], [3, 5, 6], [1, 3, 7], [7],
      ])
  }

  @Test func `as text every stage is a line, and lanes lead to it from all that it reads`() {
    let drawn = [
      "●             ", "│ ●           ", "├─│─●         ", "│ ├─│─●       ", "╰─│─│─│─●     ",
      "  ├─┴─│─│─●   ", "  │   ├─┴─┼─● ", "  │   ├───┴─┴─●", "  ╰───┴───────┼─●",
      "              ╰─●",
    ]
    let lines = Self.graph.lines()
    for (line, start) in zip(lines, drawn) { #expect(line.hasPrefix(start), "\(line)") }
    #expect(lines.count == drawn.count)
    let space = String(repeating: " ", count: 18)
    #expect(
      lines.first == "●\(space)corpus              reads sentences, encoder", "\(lines)")
    #expect(lines.last == "              ╰─●  export", "\(lines)")
  }

  @Test func `of a workspace every stage says how it stands and how long it took`() {
    var nodes = Self.graph.nodes
    nodes[0].state = "done"
    nodes[0].seconds = 374
    let lines = StageGraph(name: "x", nodes: nodes).lines()
    #expect(
      lines.first?.hasSuffix("  done, 6 min 14 s  reads sentences, encoder") == true, "\(lines)")
  }

  @Test func `lines that are wider than a terminal lose kinds of stages, then their ends`() {
    let graph = Self.graph
    let whole = graph.lines()
    #expect(graph.lines(within: 200) == whole)
    let widest = whole.map(\.count).max() ?? 0
    let cut = graph.lines(within: widest - 1)
    #expect(cut.contains { $0.hasSuffix("…") && $0.count == widest - 1 }, "\(cut)")
    #expect(cut[3].contains("teacher (finetune)"))
    let narrow = graph.lines(within: 33)
    #expect(narrow.allSatisfy { $0.count <= 33 } && narrow[3].contains("├─│─●"))
    #expect(!narrow.contains { $0.contains("(finetune)") }, "\(narrow)")
    #expect(zip(narrow, graph.nodes).allSatisfy { $0.contains($1.name) })
  }

  @Test func `as Mermaid every edge stands between what is declared`() throws {
    let lines = Self.graph.mermaidLines
    #expect(lines.first == "flowchart TD")
    #expect(lines.contains("  s1([\"encoder\"])"))
    #expect(lines.contains("  n2[\"mlm<br/><i>finetune</i>\"]"))
    #expect(lines.count { $0.contains(" -->|\"in\"| ") } == 23)
    let hostile = StageGraph(
      name: "x",
      nodes: [
        .init(name: #"a"]; click <b>"#, kind: "k", inputs: [], outputs: [])
      ]
    ).mermaidLines
    #expect(hostile == ["flowchart TD", "  n0[\"a#34;]#59; click #60;b#62;<br/><i>k</i>\"]"])
  }

  @Test func `no two boxes meet, and every stage stands below those it reads from`() {
    let before = Self.graph.predecessors
    let layout = GraphLayout(before)
    let size = GraphLayout.nodeSize
    for a in layout.places.indices {
      let place = layout.places[a]
      #expect(place.x >= size.width / 2 && place.x + size.width / 2 <= layout.size.width)
      #expect(place.y >= 0 && place.y + size.height <= layout.size.height)
      for b in layout.places.indices where b > a && layout.places[b].y == place.y {
        #expect(abs(layout.places[b].x - place.x) >= size.width + 10)
      }
      for stage in before[a] { #expect(layout.places[stage].y + size.height < place.y) }
    }
    // No line goes through a box.
    for line in layout.lines {
      for (from, to) in zip(line, line.dropFirst())
      where from.x == to.x && to.y - from.y == size.height {
        #expect(
          layout.places.allSatisfy { $0.y != from.y || abs($0.x - from.x) > size.width / 2 })
      }
    }
    #expect(GraphLayout([]).lines.isEmpty)
  }

  @Test func `as SVG it is a file of its own, whatever the names are`() throws {
    var node = StageGraph.Node(
      name: SampleReport.hostile, kind: SampleReport.hostile,
      inputs: [.init(port: SampleReport.hostile, names: [SampleReport.hostile])], outputs: [])
    node.state = SampleReport.hostile
    let graph = StageGraph(name: SampleReport.hostile, nodes: Self.graph.nodes + [node])
    let svg = graph.svg
    #expect(svg.hasPrefix("<svg xmlns=\"http://www.w3.org/2000/svg\""))
    #expect(try balance(svg).isEmpty)
    #expect(!svg.contains("<img") && !svg.contains("<script"))
    for line in graph.lines() { #expect(!line.contains("\u{7}") && !line.contains("\u{202E}")) }
  }
}
