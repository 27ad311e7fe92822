import Compute
import Files
import Synchronization
import Transformer

/// How fast this machine computes, measured by the engine itself for a moment: a layer of the very sizes
/// that are asked about, its softmax, norms and dropout included.
///
/// What was measured is remembered as long as the program runs. Others who compute meanwhile make it
/// slower, as they would the work itself.
final class EngineSpeed: Sendable {
  /// That of this program.
  static let shared = EngineSpeed()

  /// What is measured.
  struct Work: Hashable, Sendable {
    /// Channels of the states, inside the feed-forward block, and heads.
    let channels, inner, heads: Int
    /// Tokens of a sequence, rounded to a power of two.
    let length: Int
    /// Whether the sweep goes back too, with dropout.
    let trains: Bool
    /// Whether raw scores are tapped and compared.
    let readsScores: Bool
    /// Numbers that products read.
    let precision: Precision
    /// Threads.
    let threads: Int

    init(
      _ configuration: ModelConfiguration, length: Double, trains: Bool, readsScores: Bool = false,
      precision: Precision, threads: Int
    ) {
      (channels, inner) = (configuration.hiddenSize, configuration.intermediateSize)
      heads = configuration.headCount
      var rounded = 8
      while Double(rounded) * 1.4 < length, rounded < 512 { rounded *= 2 }
      self.length = rounded
      (self.trains, self.readsScores) = (trains, readsScores)
      (self.precision, self.threads) = (precision, threads)
    }
  }

  private let known = Mutex<[Work: Double]>([:])
  private let updates = Mutex<[Int: (all: Double, table: Double)]>([:])
  private let digests = Mutex<Double?>(nil)

  /// Seconds that one of a layer's floating-point operations takes with all that goes with it.
  func secondsPerFlop(_ work: Work) -> Double {
    known.withLock { known in
      if let seconds = known[work] { return seconds }
      let seconds = Self.measure(work)
      known[work] = seconds
      return seconds
    }
  }

  /// Seconds in which the optimiser takes a step with one number, and with one of a table of which a step
  /// reaches few rows.
  func secondsPerUpdate(threads: Int) -> (all: Double, table: Double) {
    updates.withLock { updates in
      if let seconds = updates[threads] { return seconds }
      let seconds = Self.measureUpdates(ComputeContext(threads: threads))
      updates[threads] = seconds
      return seconds
    }
  }

  /// Seconds in which a byte's share of a digest is computed.
  var secondsPerDigestedByte: Double {
    digests.withLock { known in
      if let known { return known }
      let bytes = [UInt8](repeating: 7, count: 1 << 22)
      let seconds = Self.fastest(2) { _ = Digest.of(bytes) } / Double(bytes.count)
      known = seconds
      return seconds
    }
  }

  /// Operations of a probe at most: some ten milliseconds.
  private static let most = 4e9

  private static func measure(_ work: Work) -> Double {
    guard
      let model = try? BertModel(
        ModelConfiguration(
          vocabularySize: 64, hiddenSize: work.channels, layerCount: 1, headCount: work.heads,
          intermediateSize: work.inner, maximumPositions: max(work.length, 8)), head: .none)
    else { return 0 }
    let taps = BertModel.Taps(hidden: [1], scores: work.readsScores ? [1] : [])
    let one = SweepAmount(lengths: [work.length])
    let flops = { (amount: SweepAmount) in
      model.forwardFlops(amount, taps: taps)
        + (work.trains ? model.backwardFlops(amount, taps: taps) : 0)
    }
    let count = max(1, min(1024 / work.length, (most / flops(one)).wholeNumber))
    let context = ComputeContext(threads: work.threads, precision: work.precision)
    let weights = ParameterSet(model.layout)
    weights.initialize(stdev: 0.02, stream: DropoutStreams(seed: 1, epoch: 0).stream)
    let gradients = ParameterSet(model.layout)
    let batch = PackedBatch(
      (0..<count).map { sequence in
        TokenSequence(
          ids: (0..<work.length).map { Int32(truncatingIfNeeded: ($0 * 7 + sequence) % 64) })
      }, places: (0..<count).map { UInt64(clamping: $0) })
    let arena = Arena()
    let mode: BertModel.Mode =
      work.trains ? .training(DropoutStreams(seed: 1, epoch: 0)) : .evaluation
    let seconds = fastest(3) {
      arena.reset()
      let made = model.forward(batch, weights, taps: taps, mode: mode, on: context, in: arena)
      guard work.trains else { return }
      let loss = made.makeTapGradients(in: arena)
      let pairs =
        made.taps.hidden.map { ($0.value, loss.hidden[$0.key]) }
        + made.taps.scores.map { ($0.value, loss.scores[$0.key]) }
      for (tap, gradient) in pairs {
        _ = context.squaredDifference(tap, tap, gradientScale: 1, addingGradientInto: gradient)
      }
      model.backward(made, loss, weights, into: gradients, on: context, in: arena)
    }
    return seconds / flops(one.times(Double(count)))
  }

  private static func measureUpdates(_ context: ComputeContext) -> (all: Double, table: Double) {
    let (rows, columns) = (4096, 256)
    let make = { Matrix(rows: rows, columns: columns) }
    let (weights, gradients, first, second) = (make(), make(), make(), make())
    let step = AdamStep(.adamW, learningRate: 1e-5, weightDecay: 0.01, step: 1)
    let steps = (0..<16).map { _ in step }
    let count = Double(rows * columns)
    let all = fastest(3) {
      context.update(
        parameters: weights, gradients: gradients, firstMoment: first, secondMoment: second, step)
    }
    let every = (0..<rows).map { Int32(truncatingIfNeeded: $0) }
    let missed = fastest(3) {
      context.takeMissed(
        steps, parameters: weights, firstMoment: first, secondMoment: second, rows: every,
        taken: every.map { _ in 0 })
    }
    return (all / count, missed / count / Double(steps.count))
  }

  /// The shortest of some runs, after one that does not count.
  private static func fastest(_ runs: Int, _ body: () -> Void) -> Double {
    body()
    let clock = ContinuousClock()
    return (0..<runs).map { _ in clock.measure(body) / .seconds(1) }.min() ?? 0
  }
}
