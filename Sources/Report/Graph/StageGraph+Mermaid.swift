extension StageGraph {
  /// The graph in Mermaid's language, which code forges and wikis draw.
  package var mermaidLines: [String] {
    var lines = ["flowchart TD"]
    var ids: [String: String] = [:]
    for (place, source) in sources.enumerated() {
      ids[source] = "s\(place)"
      lines.append("  s\(place)([\"\(Self.quoted(source))\"])")
    }
    for (place, node) in nodes.enumerated() {
      let kind = node.kind == node.name ? "" : "<br/><i>\(Self.quoted(node.kind))</i>"
      lines.append("  n\(place)[\"\(Self.quoted(node.name))\(kind)\"]")
      for output in node.outputs where ids[output] == nil { ids[output] = "n\(place)" }
    }
    for (place, node) in nodes.enumerated() {
      for input in node.inputs {
        for name in input.names {
          guard let from = ids[name] else { continue }
          lines.append("  \(from) -->|\"\(Self.quoted(input.port))\"| n\(place)")
        }
      }
    }
    return lines
  }

  /// A text that can stand between quotes, whatever is in it.
  private static func quoted(_ text: String) -> String {
    var quoted = ""
    for scalar in Markup.visible(text).unicodeScalars {
      switch scalar {
      case "\"", "#", "&", "<", ">", ";", "`", "|", "\\": quoted += "#\(scalar.value);"
      default: quoted.unicodeScalars.append(scalar)
      }
    }
    return quoted
  }
}
