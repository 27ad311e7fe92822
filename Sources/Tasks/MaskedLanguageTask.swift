public import Distillation
public import Text
public import Training
public import Transformer

/// The tokens that stood at hidden places, learnt from raw text.
///
/// See Devlin et al. 2018, section 3.1. The rows of a dataset hide the same tokens from every model, so
/// that scores can be compared; training takes them back and hides others at each visit.
public struct MaskedLanguageTask: RowTask {
  /// Share of the ordinary tokens that are hidden, in (0, 1].
  public let probability: Double
  /// Decides which tokens of a dataset's rows are hidden, and how.
  public let seed: UInt64
  /// Whether training hides all pieces of a word or none; rows of a dataset hide single tokens.
  public let hidesWholeWords: Bool

  /// The task; BERT's share, and the usual seed, unless others are named.
  public init(probability: Double = 0.15, seed: UInt64 = 42, hidesWholeWords: Bool = false) {
    (self.probability, self.seed) = (probability, seed)
    self.hidesWholeWords = hidesWholeWords
  }

  /// Its name in options and artifacts.
  public var name: String { "masked-language" }

  /// What its head is called in messages.
  public var headName: String { "masked-language head" }

  /// How to come by a model that does it.
  public var headCure: String { "fine-tune it first: distill finetune --objective \(name)" }

  /// Vocabulary logits do.
  public func isDone(by head: Head) -> Bool { head == .maskedLanguage }

  /// Hugging Face has none: the class says it.
  public var problemType: String? { nil }

  /// Tokens are not told apart by labels.
  public var namesOutputs: Bool { false }

  /// Raw text, as a corpus reads it.
  public var readsRawText: Bool { true }

  /// A vocabulary's logits are too many to be kept.
  public var outputForm: OutputForm { .lossAndAnswer }

  /// The head of a new model.
  public var head: Head { .maskedLanguage }

  /// That one, whatever the labels.
  public func head(labels: [String], style: ClassifierStyle) -> Head { head }

  // MARK: Reading rows

  /// None.
  public func labels(named: [String], of rows: [LabelledRow], path: String) throws -> [String] {
    guard named.isEmpty else {
      throw TextError("labels", "the words of a vocabulary are no labels; leave the option out")
    }
    return []
  }

  /// None may be given.
  public func requireNames(
    _ names: [String], ofOutputs outputs: Int, path: String, cure: String
  ) throws {
    guard !names.isEmpty else { return }
    throw TaskError(
      path, "its outputs are the words of its vocabulary, \(names.count) names are given for them",
      cure: "leave the names out")
  }

  /// Tokens to be hidden, which the text itself says; see `examples`.
  public func targets(
    of rows: [LabelledRow], labels: [String], path: String, allowsMissing: Bool
  ) throws -> [Target] {
    rows.map { _ in .tokenLabels([]) }
  }

  /// Tokens of the vocabulary.
  public func takes(_ targets: Targets) -> Bool {
    if case .tokenLabels = targets { true } else { false }
  }

  /// The sequences that hold all of a text, as `CorpusChunker` splits it, their tokens hidden where there
  /// is a target; which, the row's number in its file and the seed decide.
  ///
  /// - Precondition: The vocabulary holds ordinary tokens.
  public func examples(
    of row: LabelledRow, target: Target, tokenizer: Tokenizer, lengths: SequenceLengths
  ) -> [RowExample] {
    let masking = TokenMasking(tokenizer, probability: probability)
    let pieces = tokenizer.pieces(of: tokenizer.tokenize(row.text)[...], room: lengths.longest - 2)
    return pieces.enumerated().map { number, piece in
      let ids = [tokenizer.classifierId] + piece + [tokenizer.separatorId]
      guard target != .none else { return RowExample(Encoding(ids: ids), target: .none) }
      let hidden = masking.apply(
        to: Example(sequence: TokenSequence(ids: ids)), seed: seed, purpose: "tokens of a dataset",
        epoch: number, place: row.line)
      return RowExample(Encoding(ids: hidden.sequence.ids), target: hidden.target)
    }
  }

  // MARK: Training

  /// Cross-entropy of the hidden tokens.
  public var targetLoss: any TargetLoss { CrossEntropy(term: "masked_language") }

  /// Soft cross-entropy with the teacher's probabilities, a mean over the hidden tokens.
  public func answerLoss(temperature: Double, scalesByTemperature: Bool) throws -> any AnswerLoss {
    try SoftCrossEntropy(
      temperature: temperature, scalesByTemperature: scalesByTemperature, over: .predictionRows)
  }

  /// Hides other tokens at every visit of an example.
  ///
  /// - Throws: `TaskError` where there is nothing but special tokens to be predicted.
  public func preparation(_ tokenizer: Tokenizer) throws -> TargetObjective.Preparation? {
    try requireWords(tokenizer)
    return preparation(
      TokenMasking(tokenizer, probability: probability, hidesWholeWords: hidesWholeWords))
  }

  /// The same with a masking that is there.
  private func preparation(_ masking: TokenMasking) -> TargetObjective.Preparation {
    { example, seed, epoch, place in
      masking.apply(to: example, seed: seed, epoch: epoch, place: place)
    }
  }

  /// Hides so many tokens of every example at each visit, though nothing is to predict them: what
  /// the reference of TinyBERT makes of a text of which no token is to be hidden.
  ///
  /// - Throws: `TaskError` where there is nothing to hide.
  public func hiding(_ count: Int, _ tokenizer: Tokenizer) throws -> TargetObjective.Preparation {
    try requireWords(tokenizer)
    let masking = TokenMasking(
      vocabularySize: tokenizer.vocabularySize, maskId: tokenizer.maskId,
      specialIds: tokenizer.specialIds, probability: .leastNonzeroMagnitude, least: count)
    return { example, seed, epoch, place in
      let hidden = masking.apply(
        to: Example(sequence: example.sequence), seed: seed, epoch: epoch, place: place)
      return Example(sequence: hidden.sequence, target: example.target)
    }
  }

  /// Refuses a vocabulary of which nothing can be predicted.
  ///
  /// - Throws: `TaskError`.
  public func requireWords(_ tokenizer: Tokenizer) throws {
    guard tokenizer.vocabularySize > tokenizer.specialIds.count else {
      throw TaskError(
        name, "the vocabulary holds special tokens alone",
        cure: "use a model with a vocabulary of words")
    }
  }

  /// What training lessens: its one term is `masked_language`.
  ///
  /// - Throws: As `preparation`.
  public func objective(_ tokenizer: Tokenizer) throws -> any Objective {
    TargetObjective(targetLoss, preparing: try preparation(tokenizer))
  }

  /// The same with a masking that is there.
  func objective(_ masking: TokenMasking) -> any Objective {
    TargetObjective(targetLoss, preparing: preparation(masking))
  }
}

extension TokenMasking {
  /// That of a tokenizer's ordinary tokens.
  init(_ tokenizer: Tokenizer, probability: Double, hidesWholeWords: Bool = false) {
    let ids = hidesWholeWords ? 0..<Int32(tokenizer.vocabularySize) : 0..<0
    self.init(
      vocabularySize: tokenizer.vocabularySize, maskId: tokenizer.maskId,
      specialIds: tokenizer.specialIds, probability: probability,
      continuations: Set(ids.filter(tokenizer.continuesWord)))
  }
}
