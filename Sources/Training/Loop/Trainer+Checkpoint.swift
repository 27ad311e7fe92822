public import Compute
import Transformer

/// All that is needed to go on with a training later, bit for bit.
public struct TrainerCheckpoint {
  /// Names, shapes and values, in a fixed order.
  ///
  /// `weights.<parameter>` for every parameter,
  /// `first_moment.<parameter>` and `second_moment.<parameter>` for the trained ones,
  /// `best.<parameter>` where best weights are kept, and `gradient.<parameter>` for the trained ones
  /// where a step is half done. The matrices are the trainer's own memory: write them before the next
  /// step.
  public let tensors: [(name: String, shape: [Int], values: Matrix)]
  /// Where training stands.
  public let state: TrainerState
}

/// What a checkpoint consists of; each part holds a tensor a parameter.
private enum CheckpointPart: String {
  case weights
  case firstMoment = "first_moment"
  case secondMoment = "second_moment"
  case best
  case gradient

  /// The parts that are there, in the order of a checkpoint.
  static func all(best: Bool, gradient: Bool) -> [CheckpointPart] {
    [.weights, .firstMoment, .secondMoment] + (best ? [.best] : []) + (gradient ? [.gradient] : [])
  }
}

extension Trainer {
  /// What a checkpoint holds now; nothing is copied.
  public func checkpoint() -> TrainerCheckpoint {
    let parts = CheckpointPart.all(best: best != nil, gradient: state.openStep != nil)
    return TrainerCheckpoint(tensors: parts.flatMap(tensors(of:)), state: state)
  }

  /// Names and shapes of a checkpoint's tensors, the best weights among them where the options may
  /// want them kept.
  ///
  /// - Parameter isOpen: whether a step is half done.
  /// - Returns: them, in the order of `TrainerCheckpoint.tensors`.
  public func checkpointLayout(isOpen: Bool) -> [(name: String, shape: [Int])] {
    CheckpointPart.all(best: options.loadBestModelAtEnd, gradient: isOpen).flatMap { part in
      parameters(of: part).map { ("\(part.rawValue).\($0.name)", $0.shape) }
    }
  }

  /// Puts the trainer where a checkpoint was taken.
  ///
  /// A step that was half done is gone on with, unless `maxTokens` is another: then it is begun anew,
  /// and its gradients are not read.
  ///
  /// - Parameters:
  ///   - state: the checkpoint's state.
  ///   - read: fills a tensor of the given name and shape, or throws.
  /// - Throws: what `read` and the source throw, or `TrainingError.Kind.checkpointMismatch`; the
  ///   trainer must then not be used further.
  public func restore(
    _ state: TrainerState, read: (_ name: String, _ shape: [Int], _ values: Matrix) throws -> Void
  ) throws {
    if let fault = state.fault { throw TrainingError.checkpointMismatch("state", fault) }
    guard (0...schedule.totalSteps).contains(state.step) else {
      throw TrainingError.checkpointMismatch(
        "state", "taken after step \(state.step) of a training of \(schedule.totalSteps)")
    }
    var state = state
    if state.openStep?.maxTokens != options.maxTokens { state.openStep = nil }
    if let open = state.openStep { try prepareGradients(of: open, after: state.step) }
    // One of an older version may hold best weights that nobody asks for.
    let keepsBest = options.loadBestModelAtEnd && state.bestStep != nil
    if keepsBest { makeBest() }
    for part in CheckpointPart.all(best: keepsBest, gradient: state.openStep != nil) {
      for tensor in tensors(of: part) {
        try read(tensor.name, tensor.shape, tensor.values)
        guard isSound(tensor.values, as: part) else {
          throw TrainingError.checkpointMismatch(tensor.name, "has values that no training leaves")
        }
      }
    }
    self.state = state
  }

  /// Whether values may be those of a training: what is wrong would be found steps later, and be blamed on
  /// the learning rate.
  private func isSound(_ values: Matrix, as part: CheckpointPart) -> Bool {
    switch part {
    case .weights, .best: context.hasNonFinite(values) == 0
    case .firstMoment, .gradient: !values.values().contains(where: \.isNaN)
    case .secondMoment: values.values().allSatisfy { $0 >= 0 }
    }
  }

  /// Makes the gradients ready to be filled with those of a half-done step.
  private func prepareGradients(of open: TrainerState.OpenStep, after step: Int) throws {
    let batches = try batches(ofStep: step, epoch: order.epoch(ofStep: step))
    guard step < schedule.totalSteps, (1..<batches.count).contains(open.microBatches) else {
      throw TrainingError.checkpointMismatch(
        "state", "\(open.microBatches) of \(batches.count) micro-batches done after step \(step)")
    }
    context.clear(gradients.values)
    reached = model.gradientRows(of: batches.map(\.packed))
  }

  /// Puts the trainer where a checkpoint was taken, from matrices in memory.
  public func restore(_ checkpoint: TrainerCheckpoint) throws {
    let found = Dictionary(
      checkpoint.tensors.map { ($0.name, $0.values) }, uniquingKeysWith: { first, _ in first })
    try restore(checkpoint.state) { name, shape, values in
      guard let saved = found[name] else {
        throw TrainingError.checkpointMismatch(name, "missing")
      }
      guard saved.rows == values.rows, saved.columns == values.columns else {
        throw TrainingError.checkpointMismatch(
          name, "\(saved.rows) x \(saved.columns) instead of shape \(shape)")
      }
      values.assign(from: saved)
    }
  }

  private func parameters(of part: CheckpointPart) -> [Parameter] {
    switch part {
    case .weights, .best: weights.layout.parameters
    case .firstMoment, .secondMoment, .gradient: optimizer.parameters
    }
  }

  private func tensors(
    of part: CheckpointPart
  ) -> [(name: String, shape: [Int], values: Matrix)] {
    let values =
      switch part {
      case .weights: weights
      case .firstMoment: optimizer.firstMoment
      case .secondMoment: optimizer.secondMoment
      case .best: makeBest()
      case .gradient: gradients
      }
    return parameters(of: part).map { ("\(part.rawValue).\($0.name)", $0.shape, values[$0]) }
  }

  /// Storage for the best weights, made when first needed.
  @discardableResult
  func makeBest() -> ParameterSet {
    if let best { return best }
    let made = ParameterSet(weights.layout)
    best = made
    return made
  }
}
