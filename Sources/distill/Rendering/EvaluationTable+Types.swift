/// The scores of single types, such as those of entities.
extension EvaluationTable {
  /// What is measured of a type, in the order to show it; how many there are comes first.
  private static let measures = ["number", "f1", "precision", "recall"]

  /// The types that a split was scored by, in order.
  private func typeNames(_ split: String) -> [String] {
    names.filter { $0.hasPrefix(split + "_") && $0.hasSuffix("_number") }
      .map { String($0.dropFirst(split.count + 1).dropLast("_number".count)) }
  }

  /// Whether a figure is of one type alone.
  func isOfType(_ name: String, _ split: String) -> Bool {
    typeNames(split).contains { type in
      Self.measures.contains { name == "\(split)_\(type)_\($0)" }
    }
  }

  /// The scores by type of a split; nil where it has none.
  func types(_ split: String) -> Table? {
    let types = typeNames(split)
    guard !types.isEmpty else { return nil }
    var table = Table(["\(split): model", "type"] + Self.measures)
    for model in models {
      for (place, type) in types.enumerated() {
        table.rows.append(
          [place == 0 ? model : "", type]
            + Self.measures.map { measure in
              guard let value = figures[model]?["\(split)_\(type)_\(measure)"] else { return "-" }
              return measure == "number"
                ? Int(exactly: value).map(Figure.grouped) ?? "-" : Figure.percent(value)
            })
      }
    }
    return table
  }
}
