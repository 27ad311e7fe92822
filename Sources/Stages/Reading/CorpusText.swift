import Files
import Pipelines
import Text

/// How raw text is read from files, and how much of them.
struct CorpusText {
  /// What a text file is.
  enum Layout: String, CaseIterable {
    /// A sentence a line.
    case lines
    /// WikiText as its publishers ship it.
    case wikitext
  }

  /// What is taken of a file.
  struct Amount {
    /// The most sentences.
    var taken = Int.max
    /// How many there are, where that was counted.
    var total: Int?
  }

  private let columns: NamedColumns?
  private let rows: RowLayout
  private let options: OptionValues
  private let format: RowFormat?
  private let wikiText: WikiText?
  private let skipsMalformedRows: Bool?

  /// How files are read.
  ///
  /// - Parameters:
  ///   - options: The stage's.
  ///   - unknownToken: What stands for words that WikiText does not know.
  ///   - columns: The columns that options name, where there may be several files.
  ///   - skipsMalformedRows: Leave out rows with too many or too few columns; nil where the stage has no
  ///     such option.
  /// - Throws: `StageError` where options do not go together.
  init(
    _ options: OptionValues, unknownToken: String, columns: NamedColumns? = nil,
    skipsMalformedRows: Bool? = nil
  ) throws {
    self.skipsMalformedRows = skipsMalformedRows
    rows = RowLayout(
      text: options.optionalText("text_column"), pair: options.optionalText("pair_column"),
      quoting: QuotingField.quoting(options))
    if rows.pair != nil, rows.text == nil {
      throw StageError.usage(
        "pair_column", "given without text_column", cure: "name the first text's column too")
    }
    (self.options, self.columns) = (options, columns)
    _ = try ReadingFields.columns(options)
    format = ReadingFields.format(options)
    let isWikiText = options.optionalText("layout") == Layout.wikitext.rawValue
    // The unknown token is written into the text.
    if isWikiText, options.boolean("split_special_tokens") {
      throw StageError.usage(
        "split_special_tokens", "given beside layout wikitext, whose <unk> is a special token",
        cure: "leave one of them out")
    }
    wikiText = isWikiText ? WikiText(unknownToken: unknownToken) : nil
  }

  /// A file's sentences from the first on.
  func reader(_ file: String, limit: Int) throws -> SentenceReader {
    try SentenceReader(
      file, format: format, layout: layout(of: file), wikiText: wikiText, limit: limit,
      skipsMalformedRows: skipsMalformedRows)
  }

  /// The sentences of a file whose texts are held out: its own name says its format, where it does.
  ///
  /// No row of it is left out, as rows that are learnt from may be: its text would not be held out.
  func heldOutReader(_ file: String) throws -> SentenceReader {
    let format = (try? RowFormat(ofFile: file)) ?? format
    return try SentenceReader(
      file, format: format, layout: layout(of: file), wikiText: format == .txt ? wikiText : nil)
  }

  /// The columns of a file.
  private func layout(of file: String) throws -> RowLayout {
    var rows = rows
    rows.columnNames = try ReadingFields.columns(options, of: file)
    if let columns {
      rows.text = columns["text_column", file].map { .named($0) }
      rows.pair = columns["pair_column", file].map { .named($0) }
    }
    return rows
  }

  /// What a limit leaves of each file: the first sentences of all, or the first share of every one, for
  /// which they are counted.
  ///
  /// - Throws: As `SentenceReader`; what `LongReading` asks.
  func amounts(_ limit: RowAmount?, of files: [String]) throws -> [Amount] {
    var amounts = files.map { _ in Amount() }
    guard let limit else { return amounts }
    var left = limit.count(of: .max)
    for (index, file) in files.enumerated() {
      if case .count = limit {
        let taken = try count(file, atMost: left)
        amounts[index].taken = taken
        left -= taken
      } else {
        let total = try count(file, atMost: .max)
        amounts[index] = Amount(taken: total == 0 ? 0 : limit.count(of: total), total: total)
      }
    }
    return amounts
  }

  private func count(_ file: String, atMost limit: Int) throws -> Int {
    let reader = try reader(file, limit: limit)
    while try reader.next() != nil {}
    return reader.sentenceCount
  }

  /// What the user should know of a limit.
  func remarks(_ limit: RowAmount?, _ amounts: [Amount], _ files: [String]) -> [String] {
    switch limit {
    case nil: return []
    case .count(let wanted):
      let taken = amounts.reduce(0) { $0 + $1.taken }
      let place = files.count == 1 ? files.first ?? "" : "\(files.count) files"
      return [
        "\(place): --limit \(wanted): "
          + (taken < wanted
            ? "there are \(taken) sentences, and all are taken"
            : "the first \(taken) sentences are taken, what follows is not read")
      ]
    case .percent:
      return zip(files, amounts).map { file, amount in
        "\(file): --limit \(limit.map { "\($0)" } ?? ""): the first \(amount.taken) of "
          + "\(amount.total ?? 0) sentences are taken"
      }
    }
  }
}
