import Pipelines

extension StageArguments {
  /// Columns that help fits into.
  private static let width = 80
  /// Where descriptions begin; a flag too long for that has its description on the next line.
  private static let indent = 34

  /// The text of `--help`, at most 80 columns wide.
  static func help(
    command: String, summary: String, inputs: [Port], outputs: [Port], fields: [OptionField]
  ) -> String {
    let needed = inputs.filter { !$0.isOptional }.map { " --\($0.name.dashed) PATH" }.joined()
    let isWritten = outputs.contains { !$0.isOptional }
    var lines = wrapped("OVERVIEW: \(summary)", indent: 10)
    lines.append("")
    lines += wrapped(
      "USAGE: distill \(command)\(needed) \(isWritten ? "--output PATH" : "[--output PATH]") [options]",
      indent: 7)
    func section(_ title: String, _ rows: [(String, String)]) {
      guard !rows.isEmpty else { return }
      lines += ["", "\(title):"]
      for (left, right) in rows { lines += row(left, right) }
    }
    section(
      "INPUTS",
      inputs.map { port in
        let many = port.allowsMany ? " (may be repeated)" : ""
        return (
          "--\(port.name.dashed) PATH", (port.isOptional ? "optional: " : "") + port.help + many
        )
      })
    section(
      "OUTPUT",
      outputs.enumerated().map { index, port in
        (
          index == 0 ? "--output PATH" : "--\(port.name.dashed) PATH",
          (port.isOptional ? "optional: " : "") + port.help
        )
      })
    section("OPTIONS", fields.map(description))
    section("EVERY STAGE", commonFields.map(description))
    return lines.joined(separator: "\n")
  }

  private static func description(_ field: OptionField) -> (String, String) {
    let value = field.type == .boolean ? "" : " VALUE"
    var detail = field.help
    if field.type == .texts { detail += "; several between commas, or the flag repeated" }
    if case .choice(let words) = field.type { detail += " [\(words.joined(separator: " | "))]" }
    if let standard = field.defaultValue, field.type != .boolean { detail += " (\(standard))" }
    return ("--\(field.flag)\(value)", detail)
  }

  private static func row(_ left: String, _ right: String) -> [String] {
    let first = "  " + left
    guard first.count + 2 > indent else {
      let space = String(repeating: " ", count: indent - first.count)
      return wrapped(first + space + right, indent: indent)
    }
    let space = String(repeating: " ", count: indent)
    return [first] + wrapped(space + right, indent: indent)
  }

  /// `text` in lines of at most 80 columns, those after the first set in by `indent`.
  private static func wrapped(_ text: String, indent: Int) -> [String] {
    var lines: [String] = []
    var line = text
    while line.count > width {
      let limit = line.index(line.startIndex, offsetBy: width)
      let body = line.index(line.startIndex, offsetBy: indent)
      // A space at the limit itself ends a line of the full width.
      guard let space = line[body...limit].lastIndex(of: " "), space > body else { break }
      lines.append(String(line[..<space]))
      line = String(repeating: " ", count: indent) + line[line.index(after: space)...]
    }
    return lines + [line]
  }
}

extension String {
  /// `masked_language_model` as a flag.
  var dashed: String { String(map { $0 == "_" ? "-" : $0 }) }
}
