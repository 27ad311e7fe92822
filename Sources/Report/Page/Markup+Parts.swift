/// Parts that sections of a page have.
extension Markup {
  /// A number that was recorded, with every digit beside what is shown of it.
  ///
  /// - Parameters:
  ///   - value: The number.
  ///   - text: What is shown.
  ///   - source: Where it is recorded: `workspace/stage/metric`.
  /// - Returns: An element with the number.
  static func figure(_ value: Double, _ text: String, of source: String) -> Markup {
    tag("data", [("value", "\(value)"), ("data-of", source)], [Markup(text)])
  }

  /// A title, with what follows from it.
  static func section(_ id: StaticString, _ title: String, _ parts: [Markup]) -> Markup {
    tag(
      "section", [("id", "\(id)"), ("aria-labelledby", "\(id)-title")],
      [tag("h2", [("id", "\(id)-title")], [Markup(title)])] + parts)
  }

  /// A paragraph.
  static func paragraph(_ text: String, _ style: String? = nil) -> Markup {
    guard let style else { return tag("p", [], [Markup(text)]) }
    return tag("p", style, text)
  }

  /// What is folded under a line.
  static func folded(_ title: [Markup], isOpen: Bool = false, _ parts: [Markup]) -> Markup {
    tag("details", isOpen ? [("open", "")] : [], [tag("summary", [], title)] + parts)
  }

  /// A table that is as wide as it must be: where there is no room, it moves beneath the page's edge.
  ///
  /// - Parameters:
  ///   - name: What it shows, for those who do not see it.
  ///   - header: Titles of the columns.
  ///   - numbers: The columns that hold numbers.
  ///   - stacks: Whether each row becomes a paragraph on a narrow page.
  ///   - rows: The rows, each as long as the header; their first cell names them.
  /// - Returns: The table in a frame that scrolls.
  static func table(
    _ name: String, _ header: [String], numbers: Set<Int> = [], stacks: Bool = false,
    _ rows: [[Markup]]
  ) -> Markup {
    func style(_ column: Int) -> [(StaticString, String)] {
      numbers.contains(column) ? [("class", "n")] : []
    }
    let head = header.enumerated().map { column, title in
      tag("th", style(column) + [("scope", "col")], [Markup(title)])
    }
    let body = rows.map { row in
      let cells = row.enumerated().map { column, cell -> Markup in
        guard column > 0 else { return tag("th", style(column) + [("scope", "row")], [cell]) }
        var attributes = style(column)
        if stacks, !header[column].isEmpty { attributes.append(("data-title", header[column])) }
        return tag("td", attributes, [cell])
      }
      return tag("tr", [], cells)
    }
    return tag(
      "div", [("class", "scroll"), ("role", "region"), ("tabindex", "0"), ("aria-label", name)],
      [
        tag(
          "table", stacks ? [("class", "stack")] : [],
          [tag("thead", [], [tag("tr", [], head)]), tag("tbody", [], body)])
      ])
  }

  /// How something stands, with a dot in the colour of it.
  static func state(_ state: String) -> Markup {
    let known = ["pending", "running", "interrupted", "failed", "done", "frozen"]
    return tag("span", "state" + (known.contains(state) ? " \(state)" : ""), state)
  }

  /// A model's name in its colour, with its shape before it.
  static func model(_ model: Evaluation.Model) -> Markup {
    let shape =
      switch model.role {
      case .teacher: "M1 1h10v10H1z"
      case .student: "M0.5 6a5.5 5.5 0 1 0 11 0a5.5 5.5 0 1 0-11 0z"
      case .baseline: "M6 0l6 6-6 6-6-6z"
      }
    return tag(
      "span", [("class", "key \(model.role.rawValue)")],
      [
        tag(
          "svg", [("viewBox", "0 0 12 12"), ("aria-hidden", "true")],
          [tag("path", [("d", shape), ("fill", "currentColor")])]),
        Markup(model.name),
      ])
  }
}
