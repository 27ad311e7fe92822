import Compute
import Distillation
import Pipelines
import Tasks
import Training
import Transformer

/// What a training costs, reckoned from the sizes of its models and the amount of its data.
struct TrainingReckoning {
  /// When the teacher of a training runs.
  enum Teaching {
    /// With every step.
    case everyStep
    /// Once over all examples, before the first step.
    case once
    /// Not at all: what it said is there.
    case never
  }

  /// A model that teaches.
  struct Teacher {
    let model: BertModel
    let taps: BertModel.Taps
    let teaching: Teaching
    /// Share of the examples that it is asked for.
    var share = 1.0
  }

  /// Maps from the student's states to the teacher's width.
  struct Projection {
    /// States that are mapped.
    let states: Int
    /// The teacher's width.
    let width: Int
    /// Numbers of all maps, and how many of them a loss reaches.
    let parameters, reached: Int
  }

  /// The model that is trained, and what a loss reads of it.
  let student: BertModel
  let taps: BertModel.Taps
  /// The examples of an epoch.
  let amount: TokenAmount
  /// How it is trained.
  let training: TrainingOptions
  /// Numbers that products read.
  let precision: Precision
  /// Threads.
  let threads: Int

  /// The teacher, where there is one.
  var teacher: Teacher?
  /// Teachers beside it, which are asked before it is.
  var furtherTeachers: [Teacher] = []
  /// The maps, where there are some.
  var projection: Projection?
  /// Whether scores are compared by their mean over the heads.
  var joinsHeads = false
  /// Operations that relations take for each pair of tokens, of queries, of keys and of values.
  var relationWidth = 0
  /// Share of the tokens that a head of single tokens is asked for.
  var askedShare = 1.0
  /// Rows that are scored while training, and how a teacher is checked on.
  var development: TokenAmount?
  /// Whether examples are read from a file rather than memory.
  var streams = false
  /// Artifacts that are written: the model, and maybe the last one.
  var outputs = 1
  /// Bytes on the disk beside the models: logits, a cache of layers.
  var moreDisk = 0.0

  /// The cost.
  func cost() -> StageCost {
    var cost = StageCost()
    let count = max(1, min(amount.examples.wholeNumber, 1 << 40))
    let order = DataOrder(
      count: count, examplesPerStep: training.examplesPerStep, seed: 0,
      dropsLast: training.dataloaderDropLast && count >= training.examplesPerStep)
    let steps = training.maxSteps ?? order.steps(epochs: training.numTrainEpochs)
    let passes = passes(steps, order)
    let trained = trainedParameters
    cost.steps = steps
    cost.trainedParameters = trained
    cost.teacherParameters = teacher.map { first in
      ([first] + furtherTeachers).reduce(0) { $0 + $1.model.layout.count }
    }
    cost.tokens = passes * amount.tokens

    let work = work(passes: passes, evaluations: evaluations(steps, order))
    cost.flops = work.reduce(0) { $0 + $1.flops }
    cost.seconds =
      work.reduce(0) { $0 + $1.flops * EngineSpeed.shared.secondsPerFlop($1.kind) }
      + updateSeconds(steps) + fileSeconds
    cost.memory = memory.wholeNumber
    cost.disk = (Double(outputs) * artifactBytes + moreDisk).wholeNumber
    cost.scratch = scratchBytes.wholeNumber
    cost.isAbout = !amount.isExact
    return cost
  }

  /// How often all examples are seen.
  private func passes(_ steps: Int, _ order: DataOrder) -> Double {
    let (whole, rest) = steps.quotientAndRemainder(dividingBy: order.stepsPerEpoch)
    let examples = Double(rest) * Double(order.examplesPerStep)
    return Double(whole) + min(1, examples / Double(order.count))
  }

  /// How often the development rows are scored: at the end once more.
  private func evaluations(_ steps: Int, _ order: DataOrder) -> Double {
    switch training.evalStrategy {
    case .no: 1
    case .epoch: (Double(steps) / Double(order.stepsPerEpoch)).rounded(.up) + 1
    case .steps: (Double(steps) / Double(training.evalSteps)).rounded(.up) + 1
    }
  }

  // MARK: - Operations

  /// Operations of a kind.
  private typealias Part = (kind: EngineSpeed.Work, flops: Double)

  private func work(passes: Double, evaluations: Double) -> [Part] {
    let kind = { (model: BertModel, trains: Bool, taps: BertModel.Taps) in
      EngineSpeed.Work(
        model.configuration, length: amount.meanLength, trains: trains,
        readsScores: !taps.scores.isEmpty, precision: precision, threads: threads)
    }
    let sweep = amount.sweep(askedShare: askedShare)
    let widths = Double(student.configuration.hiddenSize) * Double(projection?.width ?? 0)
    let own =
      student.forwardFlops(sweep, taps: taps) + student.backwardFlops(sweep, taps: taps)
      + 6 * sweep.tokens * widths * Double(projection?.states ?? 0)
      + 3 * sweep.squares * Double(relationWidth)
    var parts: [Part] = [(kind(student, true, taps), passes * own)]
    let held = development?.sweep()
    if let held, student.head != .none {
      parts.append(
        (
          kind(student, false, taps),
          evaluations * student.forwardFlops(held, taps: BertModel.Taps(logits: true))
        ))
    }
    for teacher in (teacher.map { [$0] } ?? []) + furtherTeachers {
      parts += teaching(by: teacher, passes: passes, sweep, held)
    }
    return parts
  }

  private func teaching(
    by teacher: Teacher, passes: Double, _ sweep: SweepAmount, _ held: SweepAmount?
  ) -> [Part] {
    let kind = { (taps: BertModel.Taps) in
      EngineSpeed.Work(
        teacher.model.configuration, length: amount.meanLength, trains: false,
        readsScores: !taps.scores.isEmpty, precision: precision, threads: threads)
    }
    let forward = teacher.model.forwardFlops(sweep, taps: teacher.taps)
    let times: Double =
      switch teacher.teaching {
      case .everyStep: passes
      case .once: 1
      case .never: 0
      }
    var parts: [Part] = [(kind(teacher.taps), times * teacher.share * forward)]
    if let held, teacher.model.head != .none {
      parts.append(
        (
          kind(BertModel.Taps()),
          teacher.model.forwardFlops(held, taps: BertModel.Taps(logits: true))
        ))
    }
    return parts
  }

  // MARK: - Parameters

  /// Numbers of the student and the maps.
  private var allParameters: Int { student.layout.count + (projection?.parameters ?? 0) }

  private var trainedParameters: Int {
    student.reached(by: taps).reduce(projection?.reached ?? 0) { $0 + $1.count }
  }

  /// Numbers of tables of which a step reaches few rows; the rest of them takes its steps later.
  private var tableParameters: Int {
    if case .maskedLanguage = student.head { return 0 }
    return student.wordEmbeddings.count
  }

  private func updateSeconds(_ steps: Int) -> Double {
    let seconds = EngineSpeed.shared.secondsPerUpdate(threads: threads)
    let dense = Double(max(0, trainedParameters - tableParameters))
    return Double(steps) * (dense * seconds.all + Double(tableParameters) * seconds.table)
  }

  /// A digest of what is read, and of what is written three times: values, file, and once more to verify.
  private var fileSeconds: Double {
    let read = 4 * Double(student.layout.count + (teacher?.model.layout.count ?? 0))
    return EngineSpeed.shared.secondsPerDigestedByte
      * (read + 3 * Double(outputs) * artifactBytes)
  }

  // MARK: - Bytes

  private var artifactBytes: Double {
    4 * Double(allParameters)
      + ProgramMemory.artifactOverhead(
        tensors: student.layout.parameters.count,
        vocabulary: student.configuration.vocabularySize)
  }

  /// Two checkpoints, and a third while it is written, which may hold gradients.
  private var scratchBytes: Double {
    let weights = allParameters * (training.loadBestModelAtEnd ? 2 : 1)
    let one = 4 * (Double(weights) + 2 * Double(trainedParameters))
    // Ids of at most two bytes, and eight for each offset.
    let copy = streams ? 2 * amount.tokens + 8 * amount.examples : 0
    return 3 * one + 4 * Double(trainedParameters) + copy
  }

  /// The most at a time: while training, the development rows being scored.
  private var memory: Double {
    let data = streams ? 0 : 8 * amount.tokens + 64 * amount.examples
    // The teacher stays where it is when its work is done.
    let program =
      ProgramMemory.base(vocabulary: student.configuration.vocabularySize) + ProgramMemory.engine
    return Double(program) + data + trainingBytes + (teacher.map(teacherBytes) ?? 0)
      + (furtherTeachers.map(teacherBytes).max() ?? 0)
  }

  private var trainingBytes: Double {
    let batch = amount.largestBatch(
      of: Double(training.examplesPerStep), limit: training.maxTokens, askedShare: askedShare)
    // Weights, gradients, two moments.
    var floats = Double(allParameters) * (training.loadBestModelAtEnd ? 5 : 4)
    floats += student.copiedFloats(taps: taps, directions: 2, precision: precision)
    floats += student.trainingFloats(batch, taps: taps, precision: precision)
    if let projection {
      floats += batch.tokens * Double(projection.width) * (precision == .bf16 ? 1.5 : 2)
    }
    if joinsHeads { floats += 3 * batch.squares }
    if let development, student.head != .none {
      floats += evaluationFloats(student, BertModel.Taps(logits: true), development)
    }
    return 4 * floats
  }

  private func teacherBytes(_ teacher: Teacher) -> Double {
    var floats = Double(teacher.model.layout.count)
    floats += teacher.model.copiedFloats(taps: teacher.taps, directions: 1, precision: precision)
    if teacher.teaching == .everyStep {
      let batch = amount.largestBatch(
        of: Double(training.examplesPerStep), limit: training.maxTokens)
      floats += teacher.model.evaluationFloats(batch, taps: teacher.taps, precision: precision)
    } else {
      floats += evaluationFloats(teacher.model, teacher.taps, amount)
    }
    return 4 * floats
  }

  private func evaluationFloats(
    _ model: BertModel, _ taps: BertModel.Taps, _ amount: TokenAmount
  ) -> Double {
    let batch = amount.largestBatch(
      of: amount.examples, limit: ProgramMemory.tokensOfBatch, askedShare: 1)
    return model.evaluationFloats(batch, taps: taps, precision: precision)
  }
}
