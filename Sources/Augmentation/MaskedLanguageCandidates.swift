public import Compute
import Foundation
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
/// are taken; of these, word continuations and special tokens are then dropped, so a word may
/// get fewer. The word itself may be among them, as in TinyBERT. Words of several pieces, and words
/// beyond the model's length limit, get none.
public final class MaskedLanguageCandidates: CandidateSource {
  private let model: BertModel
  private let weights: ParameterSet
  private let context: ComputeContext
  private let arena = Arena()
  private let maskedContext: MaskedContext
  private let count: Int
  /// Logarithm of the least probability of a candidate by that of the best.
  private let floor: Float
  private let maskedShare: Double
  private let maxTokens: Int
  private let limit: Int
  private let tokens: [String]
  private let isCandidate: [Bool]
  private let classifierId: Int32
  private let separatorId: Int32
  private let maskId: Int32
  private let beforeBatch: () throws -> Void

  /// Makes a source of at most `candidates` words each.
  ///
  /// With `maskedShare` 0 every word is masked alone, as in TinyBERT. Otherwise up to this share of a
  /// sentence's pieces is masked in one sequence: 0.15 is what the model saw in training and takes a
  /// third of the time or less, while a guess no longer sees the other masked words.
  ///
  /// Of the best tokens those are left out whose probability is below `floor` x that of the best among
  /// them that may be a candidate; with 0 none is.
  ///
  /// `maxTokens` bounds the rows of one packed batch, a matter of memory alone; `maxLength` the tokens
  /// of one sequence, special tokens included, below the model's own limit. `beforeBatch` is called
  /// before the model runs on a batch; what it throws ends the search. Throws `AugmentationError`
  /// where the model has no masked-language head or the tokenizer does not fit it.
  public init(
    model: BertModel, weights: ParameterSet, tokenizer: Tokenizer, candidates: Int = 15,
    floor: Double = 0,
    context maskedContext: MaskedContext = .masked, maskedShare: Double = 0,
    maxTokens: Int = 4096, maxLength: Int? = nil, on context: ComputeContext,
    beforeBatch: @escaping () throws -> Void = {}
  ) throws {
    precondition(candidates > 0 && maxTokens > 0 && (0...1).contains(maskedShare))
    precondition((0...1).contains(floor), "a floor of \(floor)")
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
    self.maskedShare = maskedShare
    self.floor = Float(log(floor))
    self.maxTokens = maxTokens
    self.tokens = tokens
    self.beforeBatch = beforeBatch
    maskId = tokenizer.maskId
    count = candidates
    limit = min(maxLength ?? .max, model.configuration.longestSequence)
    classifierId = tokenizer.classifierId
    separatorId = tokenizer.separatorId
    isCandidate = tokens.indices.map { index in
      let id = Int32(index)
      return !tokenizer.specialIds.contains(id) && !tokenizer.continuesWord(id)
        && !Self.isMarker(tokens[index])
    }
  }

  /// A marker such as `[unused7]`, which tokenisation would tear apart.
  private static func isMarker(_ token: String) -> Bool {
    token.isEmpty || token.count > 2 && token.hasPrefix("[") && token.hasSuffix("]")
  }

  /// One sequence for the model, and the places whose word is masked in it.
  private struct Question {
    var sequence: TokenSequence
    /// Index of the place, and the row of the sequence that holds its mask.
    var masks: [(place: Int, row: Int)]
  }

  /// Runs the questions of many sentences through the model, packed into batches of much the same size.
  public func candidates(
    for places: [WordPlace], in sentences: [SegmentedSentence]
  ) throws -> [[String]] {
    var answers = [[String]](repeating: [], count: places.count)
    let placesOfSentence = Dictionary(grouping: places.indices) { places[$0].sentence }
    let asked = sentences.indices.flatMap { sentence in
      questions(placesOfSentence[sentence] ?? [], places, in: sentences[sentence])
    }
    // A small batch at the end would take its full time for few answers.
    let total = asked.reduce(0) { $0 + $1.sequence.ids.count }
    let batches = (total + maxTokens - 1) / maxTokens
    let enough = batches == 0 ? 0 : (total + batches - 1) / batches
    var batch: [Question] = []
    var rows = 0
    func flush() throws {
      guard !batch.isEmpty else { return }
      try beforeBatch()
      for (place, ids) in try bestTokens(batch) {
        let word = sentences[places[place].sentence].words[places[place].word]
        answers[place] = ids.filter { isCandidate[$0] }
          .map { tokens[$0].capitalized(like: word) }.withoutRepetitions()
      }
      batch = []
      rows = 0
    }
    for question in asked {
      if rows + question.sequence.ids.count > maxTokens { try flush() }
      rows += question.sequence.ids.count
      batch.append(question)
      if rows >= enough { try flush() }
    }
    try flush()
    return answers
  }

  /// The sequences that mask every place asked about once, places masked together lying far apart.
  private func questions(
    _ asked: [Int], _ places: [WordPlace], in sentence: SegmentedSentence
  ) -> [Question] {
    let length = max(0, min(sentence.pieces.count, limit - 2))
    let maskable = asked.filter {
      let range = sentence.ranges[places[$0].word]
      return range.count == 1 && range.lowerBound < length
    }
    let together = max(1, Int(maskedShare * Double(length)))
    let count = (maskable.count + together - 1) / together
    return (0..<count).map { first in
      let masked = stride(from: first, to: maskable.count, by: count).map { maskable[$0] }
      var ids = [classifierId] + sentence.pieces[..<length] + [separatorId]
      var types = [Int32](repeating: 0, count: ids.count)
      let masks = masked.map { place in
        (place: place, row: sentence.ranges[places[place].word].lowerBound + 1)
      }
      for mask in masks { ids[mask.row] = maskId }
      let room = min(limit - ids.count - 1, sentence.pieces.count)
      if maskedContext == .original, room > 0 {
        ids += sentence.pieces[..<room] + [separatorId]
        types += [Int32](repeating: 1, count: room + 1)
      }
      return Question(sequence: TokenSequence(ids: ids, types: types), masks: masks)
    }
  }

  /// The model's best tokens for every mask of a batch, in the order of the questions.
  private func bestTokens(_ questions: [Question]) throws -> [(place: Int, ids: [Int])] {
    var sequences: [TokenSequence] = []
    var predictionRows: [Int32] = []
    var rows = 0
    for question in questions {
      predictionRows += question.masks.map { Int32(rows + $0.row) }
      sequences.append(question.sequence)
      rows += question.sequence.ids.count
    }
    var batch = PackedBatch(
      sequences, places: [UInt64](repeating: 0, count: sequences.count))
    batch.predictionRows = predictionRows
    batch.distinct = DistinctRows(batch)
    arena.reset()
    let activations = model.forward(
      batch, weights, taps: BertModel.Taps(logits: true), mode: .evaluation, on: context, in: arena)
    guard let logits = activations.logits, context.hasNonFinite(logits) == 0 else {
      throw AugmentationError(
        "the masked-language model's logits are not finite: check its weights")
    }
    let masks = questions.flatMap(\.masks)
    let best = context.topEntries(of: logits.columns(0..<tokens.count), count: count)
    return zip(masks, best).enumerated().map { row, answer in
      let (mask, ids) = answer
      guard let first = ids.first(where: { isCandidate[$0] }) else { return (mask.place, []) }
      let least = logits[row, first] + floor
      return (mask.place, ids.filter { logits[row, $0] >= least })
    }
  }
}
