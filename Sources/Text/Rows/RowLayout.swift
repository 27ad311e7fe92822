internal import Files

/// Where in its columns a file keeps texts and labels, and how its columns are told apart.
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
  /// The text; nil for what `UsualColumns` says: a text alone, or a pair; where there are several, none is
  /// read.
  public var text: Column?
  /// The second text; nil for none, where `text` is given.
  public var pair: Column?
  /// The label; nil for `label` where there is such a column, and for `labels` where there may be several.
  public var label: Column?
  /// What the file calls its rows; nil for `id`, `idx` or `index` where there is such a column.
  public var id: Column?
  /// The name of the teacher that a row is to be asked of; nil where none is read.
  public var teacher: Column?
  /// Whether quotation marks hold fields together; nil for what the format is used to.
  public var quoting: Quoting?
  /// How a row says which of several labels it has; nil where it has one label.
  public var severalLabels: SeveralLabels?
  /// Whether what is right for a row is read: where it is not, its column may hold anything.
  public var readsAnswers = true
  /// Whether rows are words, each with a tag: JSON lines hold lists of them.
  public var holdsWords = false
  /// Whether a blank line of plain text is no row; where each line wants an answer, it is one.
  public var leavesOutBlankLines = false
  /// Names of the columns of a file without header, in order, `_` for one that is not read; empty where
  /// the first line has them.
  public var columnNames: [String] = []
  /// Kinds of a teacher's answer that are looked for, what counts first in front; none by default.
  public var answers: [TeacherAnswer.Kind] = []
  /// Kinds of a teacher's answer that are not read, and rows that have one are counted.
  public var unreadAnswers: [TeacherAnswer.Kind] = []
  /// Whether a column `score` is the label of a file with columns that has no other: gold numbers of pairs
  /// are often called so.
  public var takesScoresAsLabels = false
  /// Whether the names are keys of objects, which another row may have more of.
  var namesAreKeys = false
  /// A task of GLUE whose published files say by their header what they are; it goes before all else.
  public var glue: GlueTask?

  /// Makes a layout.
  public init(
    hasHeader: Bool = true, text: Column? = nil, pair: Column? = nil, label: Column? = nil,
    id: Column? = nil, quoting: Quoting? = nil
  ) {
    self.hasHeader = hasHeader
    self.text = text
    self.pair = pair
    self.label = label
    self.id = id
    self.quoting = quoting
  }

  /// A layout by column names, nil for the usual ones.
  public init(
    text: String?, pair: String? = nil, label: String? = nil, id: String? = nil,
    quoting: Quoting? = nil
  ) {
    self.init(
      text: text.map { .named($0) }, pair: pair.map { .named($0) }, label: label.map { .named($0) },
      id: id.map { .named($0) }, quoting: quoting)
  }

  /// The published files of a task of GLUE: training, development and test files alike.
  ///
  /// In a .tsv their quotation marks are text.
  public init(glue: GlueTask, quoting: Quoting? = nil) {
    self.init(quoting: quoting)
    self.glue = glue
  }

  /// The places of the columns in a file.
  struct Places {
    var text: Int
    var pair: Int?
    var label: Int?
    var id: Int?
    var teacher: Int?
    /// The columns of the labels, where each has its own.
    var labels: [Int] = []
  }

  /// Finds the columns among those of a file.
  ///
  /// The usual names are found in any case, as spreadsheets capitalise them.
  ///
  /// - Parameters:
  ///   - names: The names of the columns, or stand-ins where the file has none.
  ///   - place: The file and line, for errors.
  /// - Returns: Their places, all within `names`.
  /// - Throws: `TextError` naming a column that is not there.
  func resolve(_ names: [String], at place: String) throws -> Places {
    var places = try textPlaces(names, at: place)
    places.teacher = try teacher.map { try index(of: $0, in: names, at: place) }
    if readsAnswers, case .columns(let columns) = severalLabels {
      places.labels = try columns.map { try index(of: .named($0), in: names, at: place) }
    }
    return places
  }

  /// The column `score`, where it stands for the label that a file has not; nil where it does not.
  func scoresAsLabels(_ places: Places, in names: [String], at place: String) throws -> Int? {
    let mayBe = takesScoresAsLabels && readsAnswers && label == nil && places.label == nil
    guard mayBe, places.labels.isEmpty else { return nil }
    let column = try Self.usual(TeacherAnswer.Kind.score.rawValue, in: names, at: place)
    return column == places.text || column == places.pair || column == places.id ? nil : column
  }

  private func textPlaces(_ names: [String], at place: String) throws -> Places {
    let label = try labelIndex(names, at: place)
    let id = try idIndex(names, at: place)
    let second = try pair.map { try index(of: $0, in: names, at: place) }
    if let text {
      return Places(
        text: try index(of: text, in: names, at: place), pair: second, label: label, id: id)
    }
    // A column that is named for something else is no text.
    let others = try [self.label, self.id, teacher].compactMap(\.self)
      .map { try index(of: $0, in: names, at: place) }
    let found = try Self.usualTexts(names, at: place)
      .filter { !others.contains($0.text) && !others.contains($0.pair ?? $0.text) }
    guard let first = found.first else {
      if let fault = Self.separatorFault(names) { throw TextError(place, fault) }
      let isKey = namesAreKeys ? "key" : "column"
      throw TextError(
        place,
        "has no \(isKey) 'sentence', 'text' or 'sentence1', only \(Self.spoken(names)); name the \(isKey) "
          + "of the text with --text-column"
          + (namesAreKeys
            ? ", and give it to every row"
            : columnNames.isEmpty ? ", or all columns with --columns if this line is a row" : ""))
    }
    if hasHeader, pair == nil, found.count > 1 { throw Self.severalTexts(found, in: names, place) }
    let chosen = second == nil ? first : found.first { $0.pair == nil } ?? first
    return Places(text: chosen.text, pair: second ?? chosen.pair, label: label, id: id)
  }

  /// What a row may be by the usual names of its texts, pairs first.
  ///
  /// - Returns: The places of the text and, in a pair, of the second text.
  private static func usualTexts(
    _ names: [String], at place: String
  ) throws -> [(text: Int, pair: Int?)] {
    var alone = try UsualColumns.texts.compactMap { try usual($0, in: names, at: place) }
    var pairs: [(text: Int, pair: Int?)] = []
    for (first, second) in UsualColumns.pairs {
      guard let one = try usual(first, in: names, at: place),
        let other = try usual(second, in: names, at: place)
      else { continue }
      pairs.append((one, other))
      // The column `text` is no text alone beside `text_pair`.
      alone.removeAll { $0 == one }
    }
    let isPart = Set(pairs.flatMap { [$0.text, $0.pair ?? $0.text] })
    let halves = names.indices.filter {
      UsualColumns.halves.contains(plain(names[$0])) && !isPart.contains($0)
    }
    if alone.isEmpty, pairs.isEmpty {
      return try usual("sentence1", in: names, at: place).map { [($0, nil)] } ?? []
    }
    // One text of a pair beside a text alone may be a pair with it.
    if pairs.isEmpty, let text = alone.first, let half = halves.first {
      let isSecond = UsualColumns.pairs.contains { $0.1 == plain(names[half]) }
      pairs.append(isSecond ? (text, half) : (half, text))
    }
    return pairs + alone.map { ($0, nil) }
  }

  private static func severalTexts(
    _ found: [(text: Int, pair: Int?)], in names: [String], _ place: String
  ) -> TextError {
    let name = { (place: Int) in
      let name = printable(String(names[place].prefix(60)))
      return name.contains(" ") ? "'\(name)'" : name
    }
    let places = Set(found.flatMap { [$0.text, $0.pair ?? $0.text] })
    let kinds = Set(found.map { $0.pair == nil })
    let cures = found.map { way in
      "--text-column \(name(way.text))" + (way.pair.map { " --pair-column \(name($0))" } ?? "")
    }
    return TextError(
      place,
      "has the columns \(spoken(places.sorted().map { names[$0] })), "
        + (kinds.count > 1 ? "a pair or a text alone" : "of which several may be the text")
        + "; give \(cures.joined(separator: ", or "))")
  }

  /// What is wrong with a table whose only column looks like several.
  ///
  /// - Parameters:
  ///   - names: The columns.
  ///   - tabs: What helps where tabs part them.
  /// - Returns: The fault with its cure; nil where there is none.
  package static func separatorFault(
    _ names: [String], tabs: String = "give --format tsv, or let its name end in .tsv"
  ) -> String? {
    guard names.count == 1, let header = names.first,
      let separator = [";", "|", "\t"].first(where: { header.contains($0) }),
      header.split(separator: separator).allSatisfy({ $0.split(separator: " ").count <= 3 })
    else { return nil }
    let shown = printable(String(header.prefix(60)))
    return separator == "\t"
      ? "has one column, '\(shown)', as if tabs parted them; \(tabs)"
      : "has one column, '\(shown)', as if '\(separator)' parted them; save it with commas or tabs between "
        + "its columns"
  }

  private func labelIndex(_ names: [String], at place: String) throws -> Int? {
    guard readsAnswers else { return nil }
    guard let label else {
      guard hasHeader else { return nil }
      guard let usual = try Self.usual("label", in: names, at: place) else {
        return try listsLabels ? Self.usual("labels", in: names, at: place) : nil
      }
      if listsLabels, let other = try Self.usual("labels", in: names, at: place) {
        throw Self.ambiguous(names[usual], names[other], at: place)
      }
      return usual
    }
    return try index(of: label, in: names, at: place)
  }

  /// Whether a row may have several labels in one place, which may be called `labels` then.
  var listsLabels: Bool {
    if case .separated = severalLabels { true } else { false }
  }

  /// The error on two places that may both be that of the labels.
  static func ambiguous(_ label: String, _ labels: String, at place: String) -> TextError {
    TextError(
      place,
      "has '\(printable(label))' and '\(printable(labels))'; name the one that is right with --label-column"
    )
  }

  private func idIndex(_ names: [String], at place: String) throws -> Int? {
    if let id { return try index(of: id, in: names, at: place) }
    guard hasHeader else { return nil }
    for name in ["id", "idx", "index"] {
      if let index = names.firstIndex(of: name) { return index }
    }
    return nil
  }

  private func index(of column: Column, in names: [String], at place: String) throws -> Int {
    switch column {
    case .named(let name):
      if let index = names.firstIndex(of: name) { return index }
      let alike = names.indices.filter { WrittenList.trimmed(names[$0]) == name }
      if alike.count == 1, let index = alike.first { return index }
      if let fault = Self.separatorFault(names) { throw TextError(place, fault) }
      throw TextError(
        place,
        "has no \(namesAreKeys ? "key" : "column") '\(printable(name))', only \(Self.spoken(names)); name "
          + "one of these" + (namesAreKeys ? ", or give it to every row" : ""))
    case .place(let index):
      if names.indices.contains(index) { return index }
      throw TextError(
        place,
        "has \(names.count) columns, column \(index + 1) is asked for; check the layout and that "
          + "tabs separate the columns")
    case .last: return names.count - 1
    }
  }

  /// Whether a column of this name may be read, so that two of it are not known apart.
  func mayRead(_ name: String) -> Bool {
    var own: [Column?] = [text, pair, label, id, teacher]
    if case .columns(let names) = severalLabels { own += names.map { .named($0) } }
    let usual = ["label", "id", "idx", "index"] + (listsLabels ? ["labels"] : [])
    let small = Self.plain(name)
    return own.contains(.named(name)) || usual.contains(small) || UsualColumns.all.contains(small)
      || answers.contains { small == $0.rawValue || small.hasPrefix($0.rawValue + ".") }
  }

  /// A name in small letters without space around it, as spreadsheets have it there.
  package static func plain(_ name: String) -> String { WrittenList.trimmed(name).lowercased() }

  /// The place of a usual name: exactly so, or else the one column that is called so in another case, or
  /// with space around it.
  static func usual(_ name: String, in names: [String], at place: String) throws -> Int? {
    if let index = names.firstIndex(of: name) { return index }
    let alike = names.indices.filter { plain(names[$0]) == name }
    guard alike.count < 2 else {
      throw TextError(
        place, "\(spoken(alike.map { names[$0] })) are all '\(name)'; rename all but one")
    }
    return alike.first
  }
}
