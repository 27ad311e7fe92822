public import Compute
import Transformer

/// All that is needed to go on with a training later, bit for bit.
public struct TrainerCheckpoint {
  /// Names, shapes and values, in a fixed order.
  ///
  /// `weights.<parameter>` for every parameter,
  /// `first_moment.<parameter>` and `second_moment.<parameter>` for the trained ones, and
  /// `best.<parameter>` where best weights are kept. The matrices are the trainer's own memory:
  /// write them before the next step.
  public let tensors: [(name: String, shape: [Int], values: Matrix)]
  /// Where training stands.
  public let state: TrainerState
}

extension Trainer {
  /// What a checkpoint holds now; nothing is copied.
  public func checkpoint() -> TrainerCheckpoint {
    TrainerCheckpoint(tensors: tensors(includingBest: best != nil), state: state)
  }

  /// Puts the trainer where a checkpoint was taken.
  ///
  /// - Parameters:
  ///   - state: the checkpoint's state.
  ///   - read: fills a tensor of the given name and shape, or throws.
  /// - Throws: what `read` throws, or `TrainingError.Kind.checkpointMismatch`; the trainer must
  ///   then not be used further.
  public func restore(
    _ state: TrainerState, read: (_ name: String, _ shape: [Int], _ values: Matrix) throws -> Void
  ) throws {
    guard state.step <= schedule.totalSteps else {
      throw TrainingError.checkpointMismatch(
        "state", "taken after step \(state.step) of a training of \(schedule.totalSteps)")
    }
    let keepsBest = state.bestStep != nil
    if keepsBest { makeBest() }
    for tensor in tensors(includingBest: keepsBest) {
      try read(tensor.name, tensor.shape, tensor.values)
    }
    optimizer.forgetActiveRows()
    self.state = state
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

  private func tensors(
    includingBest: Bool
  ) -> [(name: String, shape: [Int], values: Matrix)] {
    let all = weights.layout.parameters
    var tensors = all.map { ("weights.\($0.name)", $0.shape, weights[$0]) }
    tensors += optimizer.parameters.map {
      ("first_moment.\($0.name)", $0.shape, optimizer.firstMoment[$0])
    }
    tensors += optimizer.parameters.map {
      ("second_moment.\($0.name)", $0.shape, optimizer.secondMoment[$0])
    }
    if includingBest, let best {
      tensors += all.map { ("best.\($0.name)", $0.shape, best[$0]) }
    }
    return tensors.map { (name: $0.0, shape: $0.1, values: $0.2) }
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
