import Pipelines
import Text

/// Whether quotation marks hold the fields of a file together: an option of whatever reads rows.
enum QuotingField {
  static let field = OptionField(
    "quoting", .choice(Quoting.allCases.map(\.rawValue)), default: nil,
    help: "none: quotation marks are text, as in tsv by default; csv: they hold fields together")

  /// The choice; nil for what the file's format is used to.
  static func quoting(_ options: OptionValues) -> Quoting? {
    options.optionalText("quoting").flatMap(Quoting.init(rawValue:))
  }
}
