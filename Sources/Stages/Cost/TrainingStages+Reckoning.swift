import Artifacts
import Distillation
package import Pipelines
import Tasks
import Training
import Transformer

extension FinetuneStage {
  package func reckon(
    _ preview: inout Preview, foreseen: [String: any Sendable], threads: Int
  ) -> StageCost? {
    let isMasked = learnsMaskedWords
    let readsCorpus = preview.input("corpus") != nil
    let corpus = readsCorpus ? preview.corpus() : nil
    let dataset = preview.dataset()
    let unknown = (readsCorpus ? corpus?.unknown : dataset?.unknown) ?? []
    guard let facts = foreseen["model"] as? ModelFacts,
      let student = try? BertModel(facts.configuration, head: facts.head)
    else { return StageCost(unknown: Unknown.model) }
    guard let amount = readsCorpus ? corpus?.amount : dataset?.amounts["train"] else {
      return StageCost(unknown: unknown.first ?? Unknown.data)
    }
    var reckoning = TrainingReckoning(
      student: student, taps: BertModel.Taps(logits: true), amount: amount,
      training: TrainingFields.options(options, seed: 0),
      precision: PrecisionField.precision(options), threads: threads)
    // Special tokens are not asked for.
    reckoning.askedShare =
      isMasked
      ? options.real("mlm_probability") * max(0, 1 - 2 / max(amount.meanLength, 2)) : 1
    reckoning.development = dataset?.amounts["dev"]
    reckoning.streams = readsCorpus
    reckoning.outputs = preview.outputs.count
    return reckoning.cost()
  }
}

extension GeneralStage {
  package func reckon(
    _ preview: inout Preview, foreseen: [String: any Sendable], threads: Int
  ) -> StageCost? {
    let corpus = preview.corpus()
    guard let corpus, let amount = corpus.amount else {
      return StageCost(unknown: corpus?.unknown.first ?? Unknown.data)
    }
    return LayerReckoning(
      options, student: foreseen["model"] as? ModelFacts, teacher: preview.model("teacher"),
      amount: options.boolean("pad_to_max_length")
        ? amount.padded(to: corpus.maxSequenceLength) : amount, isTask: false, preview: preview,
      threads: threads
    ).cost()
  }
}

extension IntermediateStage {
  package func reckon(
    _ preview: inout Preview, foreseen: [String: any Sendable], threads: Int
  ) -> StageCost? {
    let dataset = preview.dataset()
    guard let dataset, let amount = dataset.amounts["train"] else {
      return StageCost(unknown: dataset?.unknown.first ?? Unknown.data)
    }
    var reckoning = LayerReckoning(
      options, student: foreseen["model"] as? ModelFacts,
      teacher: preview.model("teacher", pooling: options.pooling),
      amount: options.boolean("pad_to_max_length")
        ? amount.padded(to: dataset.maxSequenceLength) : amount, isTask: true,
      preview: preview, threads: threads)
    reckoning.development = dataset.amounts["dev"]
    return reckoning.cost()
  }
}

/// What a phase costs in which a student learns a teacher's layers.
struct LayerReckoning {
  let options: OptionValues
  let student, teacher: ModelFacts?
  let amount: TokenAmount
  let isTask: Bool
  let outputs, threads: Int
  var development: TokenAmount?

  init(
    _ options: OptionValues, student: ModelFacts?, teacher: ModelFacts?, amount: TokenAmount,
    isTask: Bool, preview: Preview, threads: Int
  ) {
    self.options = options
    (self.student, self.teacher, self.amount, self.isTask) = (student, teacher, amount, isTask)
    (outputs, self.threads) = (preview.outputs.count, threads)
  }

  /// Whether the teacher's logits are kept in passing: it runs to its last layer with every step.
  static func keepsLogits(
    _ options: OptionValues, student: ModelConfiguration, teacher: ModelConfiguration
  ) -> Bool {
    guard !options.boolean("cache_teacher"), ReferenceFields.keepsTeacher(options),
      let match = try? Match(options, student, teacher)
    else { return false }
    let deepest =
      ((match.states.map(\.teacher)) + (match.layers.map(\.teacher))
      + (match.relations.map { [$0.pair.teacher] } ?? [])).max() ?? 0
    return deepest == teacher.layerCount
  }

  /// What of two models is compared.
  struct Match {
    let states, layers: [LayerMap.Pair]
    let relations: RelationMatch?
    let map: LayerMap

    init(
      _ options: OptionValues, _ student: ModelConfiguration, _ teacher: ModelConfiguration
    ) throws {
      let map = try MatchingFields.map(options, student: student, teacher: teacher)
      relations = try LossFields.forms(options, student: student, teacher: teacher).relations
      let losses = try MatchingFields.losses(options)
      self.map = map
      states = map.hidden.filter { losses.contains($0.student == 0 ? .embedding : .hidden) }
      layers = losses.contains(.attention) ? map.attention : []
    }
  }

  /// The cost.
  func cost() -> StageCost {
    guard let student, let teacher,
      let match = try? Match(options, student.configuration, teacher.configuration),
      let own = try? BertModel(
        student.configuration, head: isTask ? .none : MaskedWordsField.head(options)),
      let other = try? BertModel(teacher.configuration, head: isTask ? teacher.head : .none)
    else { return StageCost(unknown: Unknown.model) }
    let keeps =
      isTask && teacher.head != .none
      && Self.keepsLogits(
        options, student: student.configuration, teacher: teacher.configuration)
    let caches = options.boolean("cache_teacher")
    let taps = BertModel.Taps(
      hidden: Set(match.states.map(\.teacher)), scores: Set(match.layers.map(\.teacher)),
      queriesKeysValues: Set(match.relations.map { [$0.pair.teacher] } ?? []), logits: keeps)
    var reckoning = TrainingReckoning(
      student: own,
      taps: BertModel.Taps(
        hidden: Set(match.states.map(\.student)), scores: Set(match.layers.map(\.student)),
        queriesKeysValues: Set(match.relations.map { [$0.pair.student] } ?? []),
        logits: own.head != .none),
      amount: amount, training: TrainingFields.options(options, seed: 0),
      precision: PrecisionField.precision(options), threads: threads)
    reckoning.teacher = TrainingReckoning.Teacher(
      model: other, taps: taps, teaching: caches ? .once : .everyStep)
    reckoning.projection = projection(match, own, other)
    reckoning.joinsHeads =
      !match.layers.isEmpty
      && student.configuration.headCount != teacher.configuration.headCount
    if !isTask {
      reckoning.askedShare = MaskedWordsField.share(options, meanLength: amount.meanLength)
    }
    if match.relations != nil {
      reckoning.relationWidth =
        4 * student.configuration.hiddenSize + 2 * teacher.configuration.hiddenSize
    }
    reckoning.development = development
    reckoning.streams = !isTask
    reckoning.outputs = outputs
    if keeps {
      reckoning.moreDisk = Double(outputs) * LogitSize.bytes(other, amount)
    }
    if caches { reckoning.moreDisk += cacheBytes(taps, other) }
    return reckoning.cost()
  }

  private func projection(
    _ match: Match, _ own: BertModel, _ other: BertModel
  ) -> TrainingReckoning.Projection? {
    let sharing = HiddenProjection.Sharing(rawValue: options.text("projection")) ?? .shared
    var layout = ParameterLayout()
    guard
      let projection = try? HiddenProjection.declare(
        sharing, states: match.map.hidden.map(\.student),
        student: own.configuration.hiddenSize, teacher: other.configuration.hiddenSize,
        in: &layout)
    else { return nil }
    let reached = Set(
      match.states.flatMap { state in
        projection.maps[state.student].map { [$0.weight, $0.bias] } ?? []
      })
    return TrainingReckoning.Projection(
      states: match.states.count, width: other.configuration.hiddenSize,
      parameters: layout.count, reached: reached.reduce(0) { $0 + $1.count })
  }

  /// The records of the teacher's layers: numbers and where each example's begin.
  private func cacheBytes(_ taps: BertModel.Taps, _ teacher: BertModel) -> Double {
    let configuration = teacher.configuration
    let numbers =
      amount.tokens
      * Double((taps.hidden.count + 3 * taps.queriesKeysValues.count) * configuration.hiddenSize)
      + amount.squares * Double(taps.scores.count * configuration.headCount)
    let size: Double = TeacherCacheFields.storage(options) == .bf16 ? 2 : 4
    return size * numbers + 8 * amount.examples
  }
}

/// What logits of all rows take.
enum LogitSize {
  static func bytes(_ model: BertModel, _ amount: TokenAmount) -> Double {
    guard let shape = model.logitShape else { return 0 }
    let rows = shape.rows == .sequences ? amount.examples : amount.tokens
    return 4 * rows * Double(shape.columns)
  }
}

/// Why a cost is not known.
enum Unknown {
  static let model = "the sizes of its models are not known before other stages are done"
  static let data = "how much data it reads is not known before other stages are done"
}
