import Files
import Pipelines
import Text

/// Options of whatever reads files of rows, beside `QuotingField`.
enum ReadingFields {
  static let columns = OptionField(
    "columns", .texts, default: nil,
    help: "names of the columns, in order, of files without header; _ for one that is not read")

  static let layout = OptionField(
    "layout", .choice(CorpusText.Layout.allCases.map(\.rawValue)), default: nil,
    help: "what a text file is (masked-language): as for corpus, lines by default")

  static let format = OptionField(
    "format", .choice(RowFormat.allCases.filter { $0 != .conll }.map(\.rawValue)), default: nil,
    help: "how the files hold their rows, in place of what their names say")

  /// The format that is named; nil for the one that a file's name says.
  static func format(_ options: OptionValues) -> RowFormat? {
    options.optionalText(format.name).flatMap(RowFormat.init(rawValue:))
  }

  /// Names for the columns of a file: none for one that has no columns by its name, unless a format is given.
  ///
  /// - Throws: `StageError` where they cannot be names.
  static func columns(_ options: OptionValues, of path: String) throws -> [String] {
    let names = try columns(options)
    guard !names.isEmpty, options.optionalText(format.name) == nil,
      let own = try? RowFormat(ofFile: path)
    else { return names }
    return [.tsv, .csv].contains(own) ? names : []
  }

  static func limit(_ help: String) -> OptionField {
    OptionField("limit", .text, default: nil, help: help)
  }

  /// The names that the columns are given.
  ///
  /// - Throws: `StageError` where they cannot be names.
  static func columns(_ options: OptionValues) throws -> [String] {
    let names = options.texts(columns.name)
    guard let fault = RowLayout.fault(inColumns: names) else { return names }
    let parts = fault.split(separator: ";", maxSplits: 1).map(String.init)
    throw StageError.usage(
      columns.name, parts.first ?? fault, cure: (parts.last ?? "").trimmingPrefix(" ").description)
  }

  /// How much is taken; nil for all.
  ///
  /// - Throws: `StageError` where it is no amount.
  static func limit(_ options: OptionValues) throws -> RowAmount? {
    guard let text = options.optionalText("limit") else { return nil }
    guard let amount = RowAmount(text) else {
      throw StageError.usage(
        "limit",
        "'\(printable(String(text.prefix(60))))' is neither a number above 0 nor a percentage",
        cure: "write 1000 or 10%")
    }
    return amount
  }
}
