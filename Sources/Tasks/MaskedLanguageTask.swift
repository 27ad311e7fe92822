public import Text
public import Training
public import Transformer

/// The word that stood at a hidden place, learnt from raw text.
///
/// See Devlin et al. 2018, section 3.1.
public struct MaskedLanguageTask: Task {
  /// The only one there is.
  public init() {}

  /// Its name in options and artifacts.
  public var name: String { "masked-language" }

  /// What its head is called in messages.
  public var headName: String { "masked-language head" }

  /// Vocabulary logits do.
  public func isDone(by head: Head) -> Bool { head == .maskedLanguage }

  /// The head of a new model.
  public var head: Head { .maskedLanguage }

  /// Cross-entropy of the hidden tokens, which every visit of an example draws anew.
  ///
  /// - Parameters:
  ///   - tokenizer: says what `[MASK]` and the special tokens are.
  ///   - probability: share of the ordinary tokens to be predicted, in (0, 1].
  /// - Returns: the objective; its one term is `masked_language`.
  /// - Throws: `TaskError` where there is nothing but special tokens to be predicted.
  public func objective(_ tokenizer: Tokenizer, probability: Double) throws -> any Objective {
    guard tokenizer.vocabularySize > tokenizer.specialIds.count else {
      throw TaskError(
        "masked-language", "the vocabulary holds special tokens alone",
        cure: "use a model with a vocabulary of words")
    }
    return objective(
      TokenMasking(
        vocabularySize: tokenizer.vocabularySize, maskId: tokenizer.maskId,
        specialIds: tokenizer.specialIds, probability: probability))
  }

  /// The same with a masking that is there.
  func objective(_ masking: TokenMasking) -> any Objective {
    TargetObjective(CrossEntropy(term: "masked_language"), preparing: masking.apply)
  }
}
