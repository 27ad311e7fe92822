import Artifacts
import Files
import Foundation
import Tasks
public import Text

/// How `distill predict` writes an answer.
public enum AnswerForm: Sendable {
  /// What may stand beside an answer.
  public enum Part: String, Sendable, CaseIterable {
    /// What the file calls the row; its number, from 0, where it has no name for it.
    case id
    /// The probability of each class, in the order of the labels.
    case probabilities
    /// The text, or both texts.
    case text
  }

  /// The label, and between tabs what else is asked for: id, label, probabilities, texts.
  case plain(Set<Part>)
  /// A JSON object.
  case json(Set<Part>)
  /// The row as a JSON object that `distill dataset` reads, and the answer by label name: texts, the
  /// row's own label where it has one, and never the model's.
  case row(TeacherAnswer.Kind)
  /// `index` and `prediction`, as the GLUE benchmark takes them.
  case submission

  /// The line before all answers, where there is one.
  func header(of labels: [String]) -> String? {
    if case .submission = self { "index\tprediction" } else { nil }
  }

  /// The line of an answer, whose columns are called `labels`.
  ///
  /// - Throws: `FileError` for a number that JSON cannot express, `StageError` where probabilities are
  ///   asked for that there are not.
  func line(_ answer: Answer, for row: LabelledRow, number: Int, labels: [String]) throws
    -> String
  {
    let id = row.id ?? "\(number)"
    switch self {
    case .submission: return Self.field(id) + "\t" + Self.field(answer.text)
    case .plain(let parts):
      if let lines = answer.lines {
        // The blank line after a sentence.
        return (lines + [[]]).map { $0.map(Self.field).joined(separator: "\t") }
          .joined(separator: "\n")
      }
      var fields = [answer.text]
      if parts.contains(.id) { fields.insert(id, at: 0) }
      if parts.contains(.probabilities) {
        guard !answer.probabilities.isEmpty else {
          throw StageError.usage(
            "show", "the model's answers have no probabilities", cure: "leave probabilities out")
        }
        fields += answer.probabilities.map { String(format: "%.4f", $0) }
      }
      if parts.contains(.text) { fields += [row.text] + (row.pair.map { [$0] } ?? []) }
      return fields.map(Self.field).joined(separator: "\t")
    case .row(let kind):
      let object = Self.object(kind, answer, for: row, labels: labels)
      return String(decoding: try JSONValue.object(object).encoded(), as: UTF8.self)
    case .json(let parts):
      var object = JSONObject()
      // A file's own name of a row is kept; a number only says more where it is asked for.
      if parts.contains(.id) || row.id != nil { object.append("id", .string(id)) }
      for member in answer.object.members { object.append(member.name, member.value) }
      if parts.contains(.text) {
        object.append("text", .string(row.text))
        if let pair = row.pair { object.append("pair", .string(pair)) }
      }
      return String(decoding: try JSONValue.object(object).encoded(), as: UTF8.self)
    }
  }

  /// Refuses a form in which the answers of a task have no place.
  func requirePlace(for task: any RowTask) throws {
    guard task.readsWords else { return }
    switch self {
    case .plain(let parts) where !parts.isEmpty:
      throw StageError.usage(
        "show", "a line holds a word and its tag, nothing else", cure: "give --json too")
    case .submission:
      throw StageError.usage(
        "submission", "the benchmark has no task of words with tags", cure: "leave it out")
    case .plain, .json, .row: return
    }
  }

  /// The form in which a model of a task is asked for it: what loses nothing of a number is the number.
  ///
  /// - Throws: `StageError` where its answers are not of that kind.
  func known(to task: any RowTask, of model: String) throws -> AnswerForm {
    guard case .row(let kind) = self else { return self }
    if kind == .logits, task.answerKinds.first == .score { return .row(.score) }
    guard !task.answerKinds.contains(kind) else { return self }
    throw StageError.usage(
      kind.rawValue, "\(model) is for \(task.name), whose answers are no \(kind.rawValue)",
      cure: task.answerKinds.isEmpty
        ? "predict without --\(kind.rawValue)" : "give --logits in their place")
  }

  private static func object(
    _ kind: TeacherAnswer.Kind, _ answer: Answer, for row: LabelledRow, labels: [String]
  ) -> JSONObject {
    var object = JSONObject()
    if let id = row.id { object.append("id", .string(id)) }
    object.append(row.pair == nil ? "sentence" : "sentence1", .string(row.text))
    if let pair = row.pair { object.append("sentence2", .string(pair)) }
    switch row.answer {
    case .label(let label) where row.hasLabel: object.append("label", .string(label))
    case .labels(let labels): object.append("label", .array(labels.map { .string($0) }))
    // Words with tags and answers in texts have no such form.
    case .none, .label, .tags, .spans: break
    }
    let value = answer.object[kind.rawValue] ?? .null
    if let numbers = value.array, numbers.count == labels.count {
      var named = JSONObject()
      for (label, number) in zip(labels, numbers) { named.append(label, number) }
      object.append(kind.rawValue, .object(named))
    } else {
      object.append(kind.rawValue, value)
    }
    return object
  }

  /// A field on its line: a space for every tab, line break or other control character.
  private static func field(_ text: String) -> String {
    String(
      String.UnicodeScalarView(
        text.unicodeScalars.map { $0.properties.generalCategory == .control ? " " : $0 }))
  }
}
