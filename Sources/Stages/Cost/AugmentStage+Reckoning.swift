import Artifacts
import Augmentation
import Compute
package import Pipelines
import Tasks
import Text
import Transformer

extension AugmentStage {
  /// Why rewriting is not reckoned.
  private static let unread =
    "which words are replaced is not known before the rows are read that another stage makes"

  /// What is foreseen of a dataset's amounts once it is rewritten, and has the rows of a corpus.
  func augment(_ dataset: inout DatasetProspect, _ corpus: CorpusProspect?, _ preview: Preview) {
    guard let train = dataset.amounts["train"] else { return }
    dataset.sample = nil
    guard let forecast = forecast(preview, dataset.task, hasPairs: dataset.hasPairs) else {
      dataset.amounts["train"] = nil
      dataset.unknown = [Self.unread]
      return
    }
    let rewritten = train.times(forecast.growth)
    guard let corpus else {
      dataset.amounts["train"] = rewritten
      return
    }
    guard let amount = corpus.amount else {
      dataset.amounts["train"] = nil
      dataset.unknown = corpus.unknown
      return
    }
    let taken = options.optionalInteger(CorpusRows.field.name).map(Double.init) ?? .infinity
    let further = amount.times(min(1, taken / max(amount.examples, 1)))
    dataset.amounts["train"] = DataCost.sum([rewritten, further])
  }

  /// What rewriting asks for: of a part of the rows, and how many times as much all of them are; of words with tags,
  /// as if those of entities were replaced too.
  private struct Sampled {
    let forecast: AugmentationForecast
    /// Rows that come of a row.
    let growth: Double
    /// All rows by those of the part.
    let factor: Double
  }

  private func forecast(
    _ preview: Preview, _ task: any RowTask, hasPairs: Bool?
  ) -> Sampled? {
    var preview = preview
    guard let sample = preview.dataset()?.sample, !sample.texts.isEmpty,
      let sides = try? RowRewriting.sides(options, task, hasPairs: hasPairs),
      let tokenizer = ["masked_language_model", "embedding_model"]
        .compactMap({ port in preview.input(port)?.path })
        .compactMap({ path in try? ModelSource.tokenizer(of: path) }).first ?? sample.tokenizer
    else { return nil }
    let rows = sample.texts.flatMap { texts -> [AugmentationRow] in
      if task.readsPairsApart { return texts.map { AugmentationRow(first: $0) } }
      var row = AugmentationRow(first: texts[0], second: texts.dropFirst().first)
      if sides == .second { row.rewritingFirst = .none }
      if sides == .first { row.rewritingSecond = .none }
      return [row]
    }
    let augmenter = Augmenter(
      tokenizer: tokenizer, contextual: NoCandidates(), lexical: NoCandidates(),
      options: Self.settings(options, seed: 0), importance: importance(of: rows, tokenizer))
    let forecast = augmenter.forecast(
      rows,
      maskedShare: preview.input("masked_language_model") == nil
        ? nil : options.real("masked_share"),
      context: options.text("mlm_context") == "original" ? .original : .masked,
      limit: .max)
    let all = sample.trainRows * Double(rows.count) / Double(sample.texts.count)
    return Sampled(
      forecast: forecast, growth: 1 + Double(forecast.rewrites) / Double(rows.count),
      factor: all / Double(rows.count))
  }

  package func reckon(
    _ preview: inout Preview, foreseen: [String: any Sendable], threads: Int
  ) -> StageCost? {
    guard let made = foreseen["dataset"] as? DatasetProspect, made.unknown.isEmpty,
      let known = preview.dataset(),
      let sampled = forecast(preview, made.task, hasPairs: made.hasPairs)
    else {
      let unknown = (foreseen["dataset"] as? DatasetProspect)?.unknown.first
      return StageCost(unknown: unknown ?? Self.unread)
    }
    let (forecast, factor) = (sampled.forecast, sampled.factor)
    let precision = PrecisionField.precision(options)
    var cost = StageCost()
    var (flops, seconds, floats) = (0.0, 0.0, 0.0)
    var vocabulary = 0
    if preview.input("masked_language_model") != nil {
      guard let facts = preview.model("masked_language_model"),
        let model = try? BertModel(facts.configuration, head: .maskedLanguage)
      else { return StageCost(unknown: Unknown.model) }
      var sweep = SweepAmount(lengths: forecast.lengths).times(factor)
      sweep.asked = Double(forecast.masks) * factor
      let taps = BertModel.Taps(logits: true)
      let own = model.forwardFlops(sweep, taps: taps)
      flops += own
      seconds +=
        own
        * EngineSpeed.shared.secondsPerFlop(
          .init(
            facts.configuration, length: sweep.tokens / max(sweep.sequences, 1), trains: false,
            precision: precision, threads: threads))
      let share = min(1, Double(options.integer("max_tokens")) / max(sweep.tokens, 1))
      floats += Double(model.layout.count)
      floats += model.copiedFloats(taps: taps, directions: 1, precision: precision)
      floats += model.evaluationFloats(sweep.times(share), taps: taps, precision: precision)
      cost.teacherParameters = model.layout.count
      vocabulary = facts.configuration.vocabularySize
      cost.tokens = sweep.tokens
    }
    if let table = preview.model("embedding_model") {
      let words = Double(forecast.lexicalWords) * factor
      let width = table.configuration.embeddingSize ?? table.configuration.hiddenSize
      let numbers = Double(table.configuration.vocabularySize) * Double(width)
      flops += 2 * words * numbers
      floats += 2 * numbers
      vocabulary = table.configuration.vocabularySize
      cost.teacherParameters = cost.teacherParameters ?? numbers.wholeNumber
    } else if preview.input("word_vectors") != nil {
      cost.remarks.append(
        "the search among word vectors is not in its operations, nor their memory")
    }
    // The filter reads rows and rewrites, not what a corpus adds.
    if let facts = preview.model(AnswerFilter.port.name),
      let rows = known.amounts["train"]?.times(sampled.growth),
      let teacher = try? BertModel(facts.configuration, head: facts.head)
    {
      let taps = BertModel.Taps(logits: true)
      let own = teacher.forwardFlops(rows.sweep(), taps: taps)
      flops += own
      seconds +=
        own
        * EngineSpeed.shared.secondsPerFlop(
          .init(
            facts.configuration, length: rows.meanLength, trains: false, precision: precision,
            threads: threads))
      let batch = rows.largestBatch(
        of: rows.examples, limit: ProgramMemory.tokensOfBatch, askedShare: 1)
      floats += Double(teacher.layout.count)
      floats += teacher.copiedFloats(taps: taps, directions: 1, precision: precision)
      floats += teacher.evaluationFloats(batch, taps: taps, precision: precision)
    }
    (cost.flops, cost.seconds) = (flops, seconds)
    let all = DataCost.sum(made.amounts.values)
    cost.disk = all.storedBytes.map {
      ($0 + DataCost.artifact(columns: made.amounts.count * DataCost.columnsOfSplit)).wholeNumber
    }
    let rows = DataCost.sum(known.amounts.values)
    cost.memory =
      ProgramMemory.base(vocabulary: vocabulary) + ProgramMemory.engine
      + (4 * floats + 24 * (rows.tokens + all.tokens) + DataCost.bytesOfRow
      * (rows.examples + all.examples)).wholeNumber
    // A corpus lies beside it uncompressed.
    let copied = preview.corpus()?.amount.map { 4 * $0.tokens + 12 * $0.examples } ?? 0
    cost.scratch = cost.disk.map { $0 + copied.wholeNumber }
    cost.isAbout = true
    return cost
  }
}
