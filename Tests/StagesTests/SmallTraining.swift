import Artifacts
import Compute
import Pipelines
import RandomStreams
import Synchronization
import Training
import Transformer

/// A training of 6 steps of 4 micro-batches in memory, dropout and warm-up on, for tests of what
/// becomes of it on disk.
struct SmallTraining {
  var options = TrainingOptions()
  var precision = Precision.fp32
  var objective: any Objective = TargetObjective(CrossEntropy())

  init() {
    options.perDeviceTrainBatchSize = 2
    options.gradientAccumulationSteps = 4
    options.maxSteps = 6
    options.learningRate = 1e-2
    options.warmupRatio = 0.5
    options.maxTokens = 12
  }

  func make() throws -> Trainer {
    let model = try BertModel(
      ModelConfiguration(
        vocabularySize: 30, hiddenSize: 16, layerCount: 1, headCount: 2, intermediateSize: 32,
        maximumPositions: 12, hiddenDropout: 0.1, attentionDropout: 0.1),
      head: .classification(labels: 2, style: .hf))
    let weights = ParameterSet(model.layout)
    weights.initialize(stdev: 0.1, stream: RandomStream(seed: 4, purpose: "weights"))
    let examples = (0..<24).map { (index: Int) -> Example in
      let ids = (0..<6).map { (place: Int) -> Int32 in Int32(5 + (index * 7 + place * 3) % 25) }
      return Example(sequence: TokenSequence(ids: ids), target: .label(Int32(index % 2)))
    }
    return try Trainer(
      model, weights: weights, objective: objective,
      source: InMemoryExamples(examples), options: options,
      on: ComputeContext(threads: 1, precision: precision))
  }
}

/// A stage's surroundings in a folder, and what it told.
final class Surroundings: Sendable {
  private let told = Mutex<[RunEvent]>([])
  private let polls = Mutex(Int.max)
  let folder: String
  private let allowsNumericChange: Bool

  init(_ folder: String, allowsNumericChange: Bool = false) {
    self.folder = folder
    self.allowsNumericChange = allowsNumericChange
  }

  /// Lets the stage go on for so many more micro-batches.
  func stop(after count: Int) { polls.withLock { $0 = count } }

  var context: StageContext {
    StageContext(
      stage: "train", inputs: [:], outputs: ["model": folder + "/model.h5"],
      checkpointFolder: folder + "/checkpoints", cacheFolder: folder + "/cache", seed: 1,
      threads: 1,
      allowsNumericChange: allowsNumericChange,
      events: { event in self.told.withLock { $0.append(event) } },
      isInterrupted: {
        self.polls.withLock { left in
          left -= 1
          return left < 0
        }
      })
  }

  /// Where the stage writes.
  var outputs: [String] { [folder + "/model.h5"] }

  /// A store of checkpoints where the stage has its own.
  func store() throws -> CheckpointStore {
    try CheckpointStore(in: folder + "/checkpoints", numerics: "", remark: { _ in })
  }

  /// The notes so far.
  var notes: [String] {
    told.withLock { events in
      events.compactMap { if case .note(_, let text) = $0 { text } else { nil } }
    }
  }

  /// Where trainings began.
  var resumedSteps: [Int] {
    told.withLock { events in
      events.compactMap { if case .resumed(_, let step, _) = $0 { step } else { nil } }
    }
  }
}
