import Artifacts
import Files
import HDF5
import Tasks
import Transformer

/// What is stored, in words for people.
extension Inspection {
  /// The facts of an artifact that is no model, in place of its description.
  ///
  /// - Throws: What is wrong with it.
  static func facts(of reader: ArtifactReader) throws -> [(String, String)] {
    switch reader.kind {
    case DatasetArtifact.kind: return try facts(ofDataset: reader.path)
    case CorpusArtifact.kind:
      let (corpus, description) = try CorpusArtifact.open(reader.path)
      let (offsets, tokens) = (try corpus.rows("offsets"), try corpus.rows("ids"))
      return [
        ("sequences", max(offsets - 1, 0).grouped), ("tokens", tokens.grouped),
        ("limit on sequences", "\(description.maxSequenceLength) tokens"),
      ] + (try CorpusLengths(corpus).facts) + [
        ("tokenizer", brief(description.tokenizerDigest))
      ]
    default: return [("description", String(decoding: reader.configuration, as: UTF8.self))]
    }
  }

  private static func facts(ofDataset path: String) throws -> [(String, String)] {
    let (reader, description) = try DatasetArtifact.open(path)
    let task = TaskTable.ofRows(named: description.task)
    var facts = [("task", description.task)]
    if task?.namesOutputs != false, task?.answersAreInText != true, !description.labels.isEmpty {
      facts.append(("labels", list(description.labels)))
    }
    let hasPairs = description.hasPairs || reader.contains("train/pair/bytes")
    facts.append(
      (
        "rows are",
        task?.answersAreInText == true
          ? "questions about texts"
          : hasPairs ? "pairs of texts" : task?.readsWords == true ? "words" : "single texts"
      ))
    facts.append(("limit on sequences", "\(description.maxSequenceLength) tokens"))
    facts.append(("tokenizer", brief(description.tokenizerDigest)))
    for split in DatasetArtifact.splitNames {
      guard let rows = description.splits[split] else { continue }
      facts.append((split, try words(on: split, rows: rows, of: reader, description)))
    }
    return facts
  }

  /// What there is of a split: rows, windows, labels, a teacher's answers.
  private static func words(
    on split: String, rows: Int, of reader: ArtifactReader, _ description: DatasetDescription
  ) throws -> String {
    let lessons = try DatasetLessons(of: reader, description, split: split)
    let unit = lessons.count == rows ? "row" : "window"
    let counted = { (count: Int) in "\(count.grouped) \(unit)\(count == 1 ? "" : "s")" }
    var parts = ["\(rows.grouped) \(rows == 1 ? "row" : "rows")"]
    if lessons.count != rows { parts.append("\(lessons.count.grouped) windows") }
    let unlabelled = lessons.unlabelled.count
    if unlabelled == lessons.count {
      parts.append("no labels")
    } else if unlabelled > 0 {
      parts.append("\(counted(unlabelled)) without a label")
    }
    if lessons.haveAnswers {
      let answered = lessons.count - lessons.unanswered.count
      parts.append(
        "a teacher's answers for \(answered == lessons.count ? "all" : answered.grouped)")
      if lessons.useless.count > 0 {
        parts.append("\(lessons.useless.count.grouped) with neither")
      }
    }
    let offsets = try reader.int64s("\(split)/offsets")
    let longest = zip(offsets, offsets.dropFirst()).count {
      $1 &- $0 >= Int64(clamping: description.maxSequenceLength)
    }
    if longest > 0 { parts.append("\(counted(longest)) as long as the limit") }
    return parts.joined(separator: ", ")
  }

  /// What something was made from: the inputs and the beginnings of their digests.
  static func origins(_ inputs: [UInt8]) -> String {
    guard let document = try? StrictJSON.parse(inputs, path: "inputs"),
      let members = document.object?.members
    else { return "what cannot be read: `inputs_json` is damaged" }
    guard !members.isEmpty else { return "nothing that is recorded" }
    return members.map { name, value in
      value.string.map { "\(name) \(brief($0))" } ?? name
    }.joined(separator: ", ")
  }

  /// A head in words; one number is none of a classifier's labels.
  static func spoken(_ model: ModelFacts) -> String {
    if let foreign = model.foreignHead { return foreign }
    guard model.task?.answersAreNumbers == true, case .classification(1, let style) = model.head
    else { return model.head.spoken }
    return "regression (\(style.rawValue))"
  }

  private static func brief(_ digest: String) -> String { String(digest.prefix(12)) }

  private static func list(_ names: [String]) -> String {
    names.prefix(20).map { printable(String($0.prefix(60))) }.joined(separator: ", ")
      + (names.count > 20 ? " and \(names.count - 20) more" : "")
  }
}
