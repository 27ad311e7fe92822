import Artifacts
import Compute
import Files
package import Pipelines
import Tasks
import Text
import Training

/// Sentences whose words have tags: how their files are told and read.
extension DatasetStage {
  package static let formatField = OptionField(
    "format", .choice(RowFormat.allCases.map(\.rawValue) + ["json"]), default: nil,
    help:
      "how the files hold their rows, in place of what their names say; words with tags are conll "
      + "unless a name ends in .jsonl; json is SQuAD's (question-answering)")

  package static let tagSchemeField = OptionField(
    "tag_scheme", .choice(TagScheme.allCases.map(\.rawValue)), default: nil,
    help: "how tags mark the ends of entities: recognised by default, and written as iob2")

  /// Refuses options that words have no use for, and those that only words have.
  func checkWords() throws {
    guard task.readsWords else {
      if options.optionalText("tag_scheme") != nil {
        throw StageError.usage(
          "tag_scheme", "given for \(task.name), whose rows have no tags",
          cure: "leave it out, or give --task token-classification")
      }
      return
    }
    for name in ["pair_column", "quoting", "columns"] where options[name] != .null {
      throw StageError.usage(
        name, "given for \(task.name), whose rows are words with tags", cure: "leave it out")
    }
    if options.boolean("skip_malformed_rows") {
      throw StageError.usage(
        "skip_malformed_rows",
        "given for \(task.name): a sentence without one of its words is another",
        cure: "leave it out, and correct the line that is told")
    }
    if let format = options.optionalText("format"), !["conll", "jsonl"].contains(format) {
      throw StageError.usage(
        "format", "\(format) holds texts, not words with tags", cure: "give conll or jsonl")
    }
  }

  /// How a file holds its rows; nil for what its name says.
  func format(of path: String) throws -> RowFormat? {
    let named = ReadingFields.format(options)
    guard task.readsWords else {
      let format = try named ?? glue?.format(ofFile: path) ?? RowFormat(ofFile: path)
      guard format != .conll else {
        throw ArtifactError.badData(
          path, "holds words with tags", cure: "give --task token-classification")
      }
      return format
    }
    if let named { return named }
    switch try RowFormat.ending(of: path) {
    case "jsonl", "json": return .jsonl
    case "csv":
      throw ArtifactError.badData(
        path,
        "is a csv, and words with tags stand in columns between tabs or spaces, or in JSON lines",
        cure: "write one of these, or give --format conll if it is one of them")
    default: return .conll
    }
  }

  /// Brings all tags into IOB2.
  ///
  /// - Returns: What a user should know of them, a line each.
  func writeTags(of files: inout [DatasetFile]) throws -> [String] {
    let named = options.optionalText("tag_scheme").flatMap(TagScheme.init(rawValue:))
    let tagged = try TaggedRows(
      files.map { ($0.path, $0.rows) }, scheme: named, labels: options.texts("labels"))
    guard files.contains(where: { $0.rows.contains { !$0.tags.isEmpty } }) else { return [] }
    var notes = [
      tagged.scheme.map { scheme in
        "tags are \(named == nil ? "recognised" : "read") as \(scheme.spoken)"
          + (scheme == .iob2 ? "" : " and written as IOB2")
      }
        ?? "no tag is B-, I-, E- or S- and a type: tags are classes of words, scored by accuracy and F1, "
        + "not as entities"
    ]
    for index in files.indices {
      let (rows, remarks) = tagged.written(files[index].rows, path: files[index].path)
      files[index].rows = rows
      notes += remarks
    }
    return notes
  }

  /// Words that became no token, or none within the limit.
  static func remarks(
    on examples: [[RowExample]], of rows: [LabelledRow], path: String
  ) -> [String] {
    var (cut, cutRows, empty) = (0, 0, 0)
    for (row, examples) in zip(rows, examples) {
      let words = row.wordsOfText.count - row.tags.count { $0 == LabelledRow.ignoredTag }
      for example in examples {
        guard case .tokenLabels(let labels) = example.target else { continue }
        let missing = words - labels.count { $0 != ignoredLabel }
        if example.encoding.truncatedCount > 0 {
          cut += missing
          cutRows += 1
        } else {
          empty += missing
        }
      }
    }
    var remarks: [String] = []
    if cutRows > 0 {
      remarks.append(
        "\(path): \(cutRows) rows are cut to max_seq_length, and \(cut) of their words with them: those "
          + "are left out of training and of every score, as in Hugging Face's run_ner")
    }
    if empty > 0 {
      remarks.append(
        "\(path): \(empty) words have no token, such as control characters: they are left out of training "
          + "and of every score")
    }
    return remarks
  }
}

extension RowExample {
  /// Without the places its tokens come from, which nobody asks for once their classes are known.
  var withoutSources: RowExample {
    RowExample(
      Encoding(
        ids: encoding.ids, secondSegmentStart: encoding.secondSegmentStart,
        truncatedCount: encoding.truncatedCount), target: target, firstToken: firstToken)
  }
}
