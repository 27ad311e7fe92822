/// What each token of a text attends to, as a square of cells.
struct HeatMap {
  private static let cell = 14.0
  /// The width of a letter at the size of the labels, about.
  private static let letter = 5.9
  /// Letters of a token that are shown beside the map; all of them are under the pointer.
  private static let mostLetters = 12

  /// A map.
  ///
  /// - Parameters:
  ///   - tokens: The tokens, on both axes.
  ///   - values: `[n, n]` of n tokens: a row attends, a column is attended to.
  ///   - darkest: The value that has the whole colour.
  ///   - name: What it shows, for those who do not see it.
  /// - Returns: The drawing, at its own size or smaller.
  static func drawing(
    _ tokens: [String], _ values: [Float], darkest: Float, name: String
  ) -> Markup {
    let count = tokens.count
    let labels = tokens.map { token in
      token.count > mostLetters ? token.prefix(mostLetters - 1) + "…" : token
    }
    let margin = Double(labels.map(\.count).max() ?? 0) * letter + 8
    let side = cell * Double(count)
    let (x, size) = (Coordinate.text, margin + side + 2)
    let columns = labels.enumerated().map { column, label -> Markup in
      let middle = margin + (Double(column) + 0.5) * cell + 3.5
      return Markup.tag(
        "text",
        [("transform", "translate(\(x(middle)) \(x(margin - 5))) rotate(-90)")], [Markup(label)])
    }
    let rows = labels.indices.map { row -> Markup in
      let cells = labels.indices.map { column -> Markup in
        let value = values[row * count + column]
        let words =
          "\(tokens[row]) → \(tokens[column]): \(Quantity.bound(Double(value), isShare: false))"
        return Markup.tag(
          "rect",
          [
            ("x", x(Double(column) * cell)), ("width", x(cell - 1)), ("height", x(cell - 1)),
            ("opacity", shade(value, darkest)),
          ], [Markup.tag("title", [], [Markup(words)])])
      }
      let label = Markup.tag(
        "text", [("class", "end"), ("x", "-5"), ("y", "10.5")], [Markup(labels[row])])
      return Markup.tag(
        "g", [("transform", "translate(\(x(margin)) \(x(margin + Double(row) * cell)))")],
        [label] + cells)
    }
    let frame = Markup.tag(
      "rect",
      [
        ("class", "frame"), ("x", x(margin - 1)), ("y", x(margin - 1)), ("width", x(side + 1)),
        ("height", x(side + 1)),
      ])
    return Markup.tag(
      "svg",
      [
        ("class", "chart heat"), ("role", "img"), ("aria-label", name),
        ("viewBox", "0 0 \(x(size)) \(x(size))"), ("style", "max-width:\(x(size))px"),
      ], [frame] + columns + rows)
  }

  /// How much of the colour a cell has, in hundredths.
  private static func shade(_ value: Float, _ darkest: Float) -> String {
    guard value.isFinite, value > 0, darkest > 0 else { return "0" }
    let hundredths = Int(exactly: (min(value / darkest, 1) * 100).rounded()) ?? 0
    return hundredths == 100 ? "1" : "." + (hundredths < 10 ? "0" : "") + "\(hundredths)"
  }
}
