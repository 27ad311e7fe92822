import Distillation
import Pipelines
import Tasks
import Text
import Training
import Transformer

/// Hidden tokens of the text that a general student learns beside its teacher's layers.
enum MaskedWordsField {
  static let field = OptionField(
    "masked_language_weight", .real(.leastNonzeroMagnitude...1000), default: nil,
    help: "also learn 15 % of the tokens, hidden from student and teacher, by a loss of this weight"
  )

  /// Refuses to keep what a teacher says of a text that is another at every visit.
  ///
  /// - Throws: `StageError`.
  static func validate(_ options: OptionValues) throws {
    guard options.optionalReal(field.name) != nil, options.boolean("cache_teacher") else { return }
    throw StageError.usage(
      "cache_teacher",
      "with --\(field.flag) other tokens are hidden at every visit, and the teacher reads them so",
      cure: "leave one of them out")
  }

  /// The head of the student.
  static func head(_ options: OptionValues) -> Head {
    options.optionalReal(field.name) == nil ? .none : MaskedLanguageTask().head
  }

  /// Of the tokens of sequences of this length, the share that is hidden: special ones are not.
  static func share(_ options: OptionValues, meanLength: Double) -> Double {
    guard options.optionalReal(field.name) != nil else { return 1 }
    return MaskedLanguageTask().probability * max(0, 1 - 2 / max(meanLength, 2))
  }

  /// Both losses, where the options ask for both.
  ///
  /// - Throws: `TaskError` where the vocabulary has no words.
  static func objective(
    _ layers: LayerObjective, _ options: OptionValues, tokenizer: Tokenizer
  ) throws -> any Objective {
    guard let weight = options.optionalReal(field.name) else { return layers }
    let task = MaskedLanguageTask()
    return MaskedLayerObjective(
      layers,
      beside: TargetObjective(task.targetLoss, preparing: try task.preparation(tokenizer)),
      weight: weight)
  }
}
