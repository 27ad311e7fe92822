import Files
import Foundation

extension String {
  /// The text in lines of at most a width, broken between words; what has no space in it stays whole.
  ///
  /// - Parameters:
  ///   - width: Letters of a line; nil for one line.
  ///   - indent: Spaces before each line but the first.
  /// - Returns: The lines, at least one.
  func wrapped(to width: Int?, indent: Int = 0) -> [String] {
    guard let width else { return [self] }
    var lines: [String] = []
    var line = self
    while line.count > width {
      let body = line.firstIndex { $0 != " " } ?? line.startIndex
      let limit = line.index(line.startIndex, offsetBy: width)
      // A space at the limit itself ends a line of the full width; a word that is longer stays whole.
      let within = line[body..<line.index(after: limit)].lastIndex(of: " ")
      guard
        let space = within.flatMap({ $0 > body ? $0 : nil }) ?? line[limit...].firstIndex(of: " ")
      else { break }
      lines.append(String(line[..<space]))
      line = String(repeating: " ", count: indent) + line[line.index(after: space)...]
    }
    return lines + [line]
  }
}

extension Output {
  /// How wide lines of data may be: the terminal's width, or that of `COLUMNS`; nil where nobody says it, as
  /// for a program that reads them.
  static var width: Int? {
    if let size = terminalSize(1) { return max(40, size.columns) }
    return ProcessInfo.processInfo.environment["COLUMNS"].flatMap { Int($0) }
      .flatMap { $0 > 0 ? max(40, $0) : nil }
  }
}

extension Table {
  /// The least room that the last column has beside the others.
  private static let leastRoom = 24
  /// The fewest letters that a cell is shortened to.
  private static let leastCell = 8

  /// The lines to print where lines are so wide: words of the last column go on below themselves, or below the
  /// row where there is no room beside the others; of those the widest is shortened.
  ///
  /// - Parameter width: Letters of a line; nil for as many as there are.
  /// - Returns: The lines.
  func lines(wrapping width: Int?) -> [String] {
    guard let width, let last = header.indices.last, last > 0,
      lines.contains(where: { $0.count > width })
    else { return lines }
    let all = ([header] + rows).map { $0.map { briefly($0) } }
    var widths = header.indices.dropLast().map { column in
      all.map { $0[column].count }.max() ?? 0
    }
    func taken() -> Int { widths.reduce(0) { $0 + $1 + 2 } }
    while taken() - 2 > width,
      let widest = widths.indices.dropFirst().max(by: { widths[$0] < widths[$1] }),
      widths[widest] > Self.leastCell
    {
      widths[widest] = max(Self.leastCell, widths[widest] - (taken() - 2 - width))
    }
    let isBeside = taken() + Self.leastRoom <= width
    let indent = isBeside ? taken() : 4
    return all.flatMap { row -> [String] in
      let start = widths.indices.map { column -> String in
        let cell = row[column].shortened(to: widths[column])
        return cell + String(repeating: " ", count: widths[column] - cell.count)
      }.joined(separator: "  ")
      let end = row[last].wrapped(to: width - indent)
      let space = String(repeating: " ", count: indent)
      let lines =
        isBeside
        ? [start + "  " + (end.first ?? "")] + end.dropFirst().map { space + $0 }
        : [start] + (row[last].isEmpty ? [] : end.map { space + $0 })
      return lines.map(\.trimmingTrail)
    }
  }
}

extension String {
  /// At most so many letters of it, the last one an ellipsis where some are left out.
  fileprivate func shortened(to count: Int) -> String {
    self.count <= count ? self : String(prefix(max(count - 1, 0))) + "…"
  }
}
