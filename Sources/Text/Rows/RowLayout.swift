/// Where in its columns a file keeps texts and labels.
public struct RowLayout: Sendable, Hashable {
  /// A column.
  public enum Column: Sendable, Hashable {
    /// By its name in the header, or its key in JSON.
    case named(String)
    /// By its place, counted from 0.
    case place(Int)
    /// The last one.
    case last
  }

  /// Whether the first line names the columns.
  public var hasHeader: Bool
  /// The text; nil for `sentence`, or else `sentence1` with `sentence2` as the second text.
  public var text: Column?
  /// The second text; nil for none, where `text` is given.
  public var pair: Column?
  /// The label; nil for `label` where there is such a column.
  public var label: Column?

  /// Makes a layout.
  public init(
    hasHeader: Bool = true, text: Column? = nil, pair: Column? = nil, label: Column? = nil
  ) {
    self.hasHeader = hasHeader
    self.text = text
    self.pair = pair
    self.label = label
  }

  /// A layout by column names, nil for the usual ones.
  public init(text: String?, pair: String? = nil, label: String? = nil) {
    self.init(
      text: text.map { .named($0) }, pair: pair.map { .named($0) }, label: label.map { .named($0) })
  }

  /// The places of the columns in a file.
  struct Places {
    var text: Int
    var pair: Int?
    var label: Int?
  }

  /// Finds the columns among those of a file.
  ///
  /// - Parameters:
  ///   - names: The names of the columns, or stand-ins where the file has none.
  ///   - place: The file and line, for errors.
  /// - Returns: Their places, all within `names`.
  /// - Throws: `TextError` naming a column that is not there.
  func resolve(_ names: [String], at place: String) throws -> Places {
    if let text {
      return Places(
        text: try index(of: text, in: names, at: place),
        pair: try pair.map { try index(of: $0, in: names, at: place) },
        label: try labelIndex(names, at: place))
    }
    let second = try pair.map { try index(of: $0, in: names, at: place) }
    let label = try labelIndex(names, at: place)
    if let sentence = names.firstIndex(of: "sentence") {
      return Places(text: sentence, pair: second, label: label)
    }
    guard let first = names.firstIndex(of: "sentence1") else {
      throw TextError(
        place,
        "has no column 'sentence' or 'sentence1', only \(Self.list(names)); name the column "
          + "of the text")
    }
    return Places(text: first, pair: second ?? names.firstIndex(of: "sentence2"), label: label)
  }

  private func labelIndex(_ names: [String], at place: String) throws -> Int? {
    guard let label else { return hasHeader ? names.firstIndex(of: "label") : nil }
    return try index(of: label, in: names, at: place)
  }

  private func index(of column: Column, in names: [String], at place: String) throws -> Int {
    switch column {
    case .named(let name):
      if let index = names.firstIndex(of: name) { return index }
      throw TextError(
        place, "has no column '\(name)', only \(Self.list(names)); name one of these")
    case .place(let index):
      if names.indices.contains(index) { return index }
      throw TextError(
        place,
        "has \(names.count) columns, column \(index + 1) is asked for; check the layout and that "
          + "tabs separate the columns")
    case .last: return names.count - 1
    }
  }

  private static func list(_ names: [String]) -> String {
    names.map { "'\($0)'" }.joined(separator: ", ")
  }
}
