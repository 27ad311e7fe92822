/// A graph as SVG: rows of boxes, each with the stage's name, kind, state and time, and what it reads from
/// outside.
struct GraphDrawing {
  private let graph: StageGraph
  private let layout: GraphLayout

  init(_ graph: StageGraph) {
    self.graph = graph
    layout = GraphLayout(graph.predecessors)
  }

  /// The drawing, for a page that has `Style.chart`.
  var figure: Markup { svg(standsAlone: false) }

  /// The drawing as a file.
  var document: String { svg(standsAlone: true).source }

  private func svg(standsAlone: Bool) -> Markup {
    let (width, height) = (layout.size.width.rounded(.up), layout.size.height.rounded(.up))
    var attributes: [(StaticString, String)] = [
      ("class", "chart graph"), ("role", "img"),
      ("viewBox", "0 0 \(Coordinate.text(width)) \(Coordinate.text(height))"),
      ("width", Coordinate.text(width)), ("height", Coordinate.text(height)),
      (
        "aria-label",
        "The graph of \(graph.name): " + graph.nodes.map(\.name).joined(separator: ", ")
      ),
    ]
    if standsAlone { attributes.insert(("xmlns", "http://www.w3.org/2000/svg"), at: 0) }
    let style = standsAlone ? [Markup.tag("style", [], [Style.standalone])] : []
    return Markup.tag(
      "svg", attributes,
      style + layout.lines.map(line) + graph.nodes.indices.map(box))
  }

  private func line(_ points: [(x: Double, y: Double)]) -> Markup {
    var path = ""
    for (place, point) in points.enumerated() {
      let here = "\(Coordinate.text(point.x)) \(Coordinate.text(point.y))"
      guard place > 0 else {
        path = "M\(here)"
        continue
      }
      let last = points[place - 1]
      let half = (point.y + last.y) / 2
      path +=
        point.x == last.x
        ? "L\(here)"
        : "C\(Coordinate.text(last.x)) \(Coordinate.text(half)) "
          + "\(Coordinate.text(point.x)) \(Coordinate.text(half)) \(here)"
    }
    return Markup.tag("path", [("class", "edge"), ("d", path)])
  }

  private func box(_ place: Int) -> Markup {
    let node = graph.nodes[place]
    let (x, y) = (layout.places[place].x, layout.places[place].y)
    let size = GraphLayout.nodeSize
    let left = x - size.width / 2
    let state = node.state.map { Self.isKnown($0) ? $0 : "pending" }
    let outside = graph.sources(of: node)
    var facts = node.kind == node.name ? [] : [node.kind]
    if let state = node.state {
      facts.append(state)
      if let seconds = node.seconds { facts.append(Quantity.duration(seconds)) }
    }
    func words(_ text: String, _ style: StaticString, line: Double, limit: Int) -> Markup {
      Markup.tag(
        "text",
        [
          ("class", "\(style)"), ("x", Coordinate.text(left + 12)),
          ("y", Coordinate.text(y + line)),
        ], [Markup(Self.cut(text, limit))])
    }
    var parts: [Markup] = [
      Markup.tag("title", [], [Markup(([node.name] + facts + outside).joined(separator: ", "))]),
      Markup.tag(
        "rect",
        [
          ("class", "box" + (state.map { " \($0)" } ?? "")), ("x", Coordinate.text(left)),
          ("y", Coordinate.text(y)), ("width", Coordinate.text(size.width)),
          ("height", Coordinate.text(size.height)), ("rx", "5"),
        ]),
      words(node.name, "name", line: 19, limit: 21),
      words(facts.joined(separator: " · "), "fact", line: 35, limit: 29),
    ]
    if !outside.isEmpty {
      parts.append(
        words("reads " + outside.joined(separator: ", "), "fact", line: 50, limit: 28))
    }
    if !graph.predecessors[place].isEmpty {
      let tip = "M\(Coordinate.text(x - 4)) \(Coordinate.text(y - 6))h8l-4 6z"
      parts.append(Markup.tag("path", [("class", "tip"), ("d", tip)]))
    }
    return Markup.tag("g", [("class", "stage")], parts)
  }

  private static func isKnown(_ state: String) -> Bool {
    ["pending", "running", "interrupted", "failed", "done", "frozen"].contains(state)
  }

  /// A text that fits: of a longer one the beginning.
  private static func cut(_ text: String, _ limit: Int) -> String {
    text.count <= limit ? text : text.prefix(max(0, limit - 1)) + "…"
  }
}

extension StageGraph {
  /// The graph as an SVG document.
  package var svg: String { GraphDrawing(self).document }
}
