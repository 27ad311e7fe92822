import RandomStreams

/// Which examples make up which optimiser step: a function of (seed, epoch) alone.
///
/// An epoch visits every example once; its last step keeps the examples that are left, unless it is
/// dropped. Nothing of
/// it has to be saved: a step's number says where in the data training is.
public struct DataOrder: Sendable, Equatable {
  /// Examples in the source.
  public let count: Int
  /// Examples of a full step: batch size x accumulation.
  public let examplesPerStep: Int
  /// Seed of the order.
  public let seed: UInt64
  /// Whether the examples of an epoch that are too few for a full step are left out of it.
  public let dropsLast: Bool

  /// Creates the order of `count` examples in steps of `examplesPerStep`.
  ///
  /// - Precondition: where the last step is dropped, there are examples for a full one.
  public init(count: Int, examplesPerStep: Int, seed: UInt64, dropsLast: Bool = false) {
    precondition(count > 0 && examplesPerStep > 0, "an order needs examples and a step size")
    precondition(!dropsLast || count >= examplesPerStep, "no full step")
    self.count = count
    self.examplesPerStep = examplesPerStep
    self.seed = seed
    self.dropsLast = dropsLast
  }

  /// Optimiser steps of an epoch, the last partial one included unless it is dropped.
  public var stepsPerEpoch: Int {
    dropsLast ? count / examplesPerStep : (count + examplesPerStep - 1) / examplesPerStep
  }

  /// Steps that `epochs`, possibly a fraction, take; at least one.
  public func steps(epochs: Double) -> Int {
    max(1, Int((epochs * Double(stepsPerEpoch)).rounded(.up)))
  }

  /// The epoch, counted from 0, that a step, counted from 0, belongs to.
  public func epoch(ofStep step: Int) -> Int { step / stepsPerEpoch }

  /// Places in the epoch's order that a step, counted from 0, visits.
  public func places(ofStep step: Int) -> Range<Int> {
    let start = (step % stepsPerEpoch) * examplesPerStep
    return start..<min(start + examplesPerStep, count)
  }

  /// The number of the example at a place of the epoch's order.
  ///
  /// Computed for the place alone, so an epoch's order takes no memory, however many examples there
  /// are.
  ///
  /// - Precondition: `place` is in `0..<count`.
  public func example(at place: Int, epoch: Int) -> Int {
    let stream = RandomStream(seed: seed, purpose: "data order", epoch: UInt64(epoch))
    return RandomPermutation(count: count, stream: stream)[place]
  }
}
