public import Compute
public import Text
public import Transformer

/// What a masked-language model reads besides the masked sentence.
public enum MaskedContext: String, Sendable, Hashable, CaseIterable {
  /// `[CLS] masked sentence [SEP]`: the model must guess the word, as in the TinyBERT paper.
  case masked
  /// `[CLS] masked sentence [SEP] original sentence [SEP]`, the second part with token type 1, as
  /// TinyBERT's published code has it: the word itself mostly ranks first, so fewer words change.
  case original
}

/// Candidates by a masked-language model: TinyBERT's source for words of one piece.
///
/// The word is masked in the original sentence and the model's best `candidates` tokens for the place
/// are taken; of these, word continuations (`##`) and special tokens are then dropped, so a word may
/// get fewer. The word itself may be among them, as in TinyBERT. Words of several pieces, and words
/// beyond the model's length limit, get none.
public final class MaskedLanguageCandidates: CandidateSource {
  /// Below these a product may be computed by another kernel, whose sums are rounded differently;
  /// smaller batches repeat their first question, so that no answer depends on the batch.
  private static let leastRows = 64
  private static let leastPredictions = 32

  private let model: BertModel
  private let weights: ParameterSet
  private let context: ComputeContext
  private let arena = Arena()
  private let maskedContext: MaskedContext
  private let count: Int
  private let maxTokens: Int
  private let limit: Int
  private let tokens: [String]
  private let isCandidate: [Bool]
  private let classifierId: Int32
  private let separatorId: Int32
  private let maskId: Int32

  /// Makes a source of at most `candidates` words each.
  ///
  /// `maxTokens` bounds the rows of one packed batch, a matter of memory alone; `maxLength` the tokens
  /// of one sequence, special tokens included, below the model's own limit. Throws
  /// `AugmentationError` where the model has no masked-language head or the tokenizer does not fit it.
  public init(
    model: BertModel, weights: ParameterSet, tokenizer: Tokenizer, candidates: Int = 15,
    context maskedContext: MaskedContext = .masked, maxTokens: Int = 4096, maxLength: Int? = nil,
    on context: ComputeContext
  ) throws {
    precondition(candidates > 0 && maxTokens > 0)
    guard model.head == .maskedLanguage else {
      throw AugmentationError(
        "the model has no masked-language head: train one with `finetune` on a corpus")
    }
    let tokens = tokenizer.vocabulary.tokens
    guard tokens.count <= model.configuration.vocabularySize else {
      throw AugmentationError(
        "the vocabulary has \(tokens.count) tokens and the model \(model.configuration.vocabularySize): "
          + "use the tokenizer that belongs to the model")
    }
    guard maskedContext == .masked || model.configuration.typeVocabularySize > 1 else {
      throw AugmentationError(
        "the model knows no second segment: use the context 'masked'")
    }
    self.model = model
    self.weights = weights
    self.context = context
    self.maskedContext = maskedContext
    self.maxTokens = maxTokens
    self.tokens = tokens
    maskId = tokenizer.maskId
    count = candidates
    limit = min(maxLength ?? .max, model.configuration.maximumPositions)
    classifierId = tokenizer.classifierId
    separatorId = tokenizer.separatorId
    isCandidate = tokens.indices.map { id in
      !tokenizer.specialIds.contains(Int32(id)) && Self.isWord(tokens[id])
    }
  }

  /// Not a continuation, and not a marker such as `[unused7]`, which tokenisation would tear apart.
  private static func isWord(_ token: String) -> Bool {
    !token.isEmpty && !token.hasPrefix("##")
      && !(token.count > 2 && token.hasPrefix("[") && token.hasSuffix("]"))
  }

  /// A sequence whose row `maskRow` holds the mask.
  private struct Question {
    var place: Int
    var sequence: TokenSequence
    var maskRow: Int
  }

  /// Runs the questions of many sentences through the model, packed.
  public func candidates(
    for places: [WordPlace], in sentences: [SegmentedSentence]
  ) throws -> [[String]] {
    var answers = [[String]](repeating: [], count: places.count)
    var batch: [Question] = []
    var rows = 0
    for (index, place) in places.enumerated() {
      let sentence = sentences[place.sentence]
      guard let question = question(index, word: place.word, of: sentence) else { continue }
      if !batch.isEmpty, rows + question.sequence.ids.count > maxTokens {
        try ask(batch, places, sentences, into: &answers)
        batch = []
        rows = 0
      }
      rows += question.sequence.ids.count
      batch.append(question)
    }
    if !batch.isEmpty { try ask(batch, places, sentences, into: &answers) }
    return answers
  }

  private func question(_ place: Int, word: Int, of sentence: SegmentedSentence) -> Question? {
    let range = sentence.ranges[word]
    let length = min(sentence.pieces.count, limit - 2)
    guard range.count == 1, range.lowerBound < length else { return nil }
    var ids = [classifierId] + sentence.pieces[..<length] + [separatorId]
    var types = [Int32](repeating: 0, count: ids.count)
    ids[range.lowerBound + 1] = maskId
    let room = min(limit - ids.count - 1, sentence.pieces.count)
    if maskedContext == .original, room > 0 {
      ids += sentence.pieces[..<room] + [separatorId]
      types += [Int32](repeating: 1, count: room + 1)
    }
    return Question(
      place: place, sequence: TokenSequence(ids: ids, types: types),
      maskRow: range.lowerBound + 1)
  }

  private func ask(
    _ questions: [Question], _ places: [WordPlace], _ sentences: [SegmentedSentence],
    into answers: inout [[String]]
  ) throws {
    var sequences: [TokenSequence] = []
    var predictionRows: [Int32] = []
    var rows = 0
    func append(_ question: Question) {
      predictionRows.append(Int32(rows + question.maskRow))
      sequences.append(question.sequence)
      rows += question.sequence.ids.count
    }
    questions.forEach(append)
    while rows < Self.leastRows || sequences.count < Self.leastPredictions { append(questions[0]) }

    var batch = PackedBatch(
      sequences, places: [UInt64](repeating: 0, count: sequences.count))
    batch.predictionRows = predictionRows
    arena.reset()
    let activations = model.forward(
      batch, weights, taps: BertModel.Taps(hidden: [], scores: [], logits: true),
      mode: .evaluation, on: context, in: arena)
    guard let logits = activations.logits, context.hasNonFinite(logits) == 0 else {
      throw AugmentationError(
        "the masked-language model's logits are not finite: check its weights")
    }
    let best = logits.withElements { elements in
      questions.indices.map { row in
        var selection = TopSelection(count: count)
        for id in 0..<tokens.count {
          selection.offer(elements[row * logits.columns + id], index: id)
        }
        return selection.indices
      }
    }
    for (question, ids) in zip(questions, best) {
      let place = places[question.place]
      let word = sentences[place.sentence].words[place.word]
      answers[question.place] = ids.filter { isCandidate[$0] }
        .map { tokens[$0].capitalized(like: word) }.withoutRepetitions()
    }
  }
}
