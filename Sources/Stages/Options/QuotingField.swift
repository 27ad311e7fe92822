import Pipelines
import Text

/// Whether quotation marks hold the fields of a file together: an option of whatever reads rows.
enum QuotingField {
  static let field = OptionField(
    "quoting", .choice(Quoting.allCases.map(\.rawValue)), default: nil,
    help: "none: quotation marks are text, as in tsv by default; csv: they hold fields together")

  /// Refuses options that mean nothing to the formats of the files.
  ///
  /// - Parameters:
  ///   - options: The options; `quoting` and others that are about columns.
  ///   - columns: Names of options that files with columns alone have a use for.
  ///   - separated: Names of options that files with separators between columns alone have a use for.
  ///   - paths: The files.
  /// - Throws: `StageError` naming the first option, where no file has such columns.
  static func check(
    _ options: OptionValues, columns: [String] = [], separated: [String], paths: [String]
  ) throws {
    // A format that is named goes before what names say.
    guard options.optionalText(ReadingFields.format.name) == nil else { return }
    let formats = Set(paths.compactMap { try? RowFormat(ofFile: $0) })
    guard !formats.isEmpty else { return }
    let names = formats.map { "." + $0.rawValue }.sorted().joined(separator: " and ")
    if formats == [.txt] {
      try options.requireUnused(columns, beside: "files that end in \(names)")
    }
    if formats.isDisjoint(with: [.tsv, .csv]) {
      try options.requireUnused(separated, beside: "files that end in \(names)")
    }
  }

  /// The choice; nil for what the file's format is used to.
  static func quoting(_ options: OptionValues) -> Quoting? {
    options.optionalText("quoting").flatMap(Quoting.init(rawValue:))
  }
}
