import RandomStreams

/// Which examples make up which optimiser step: a function of (seed, epoch) alone.
///
/// An epoch visits every example once; its last step keeps the examples that are left. Nothing of
/// it has to be saved: a step's number says where in the data training is.
public struct DataOrder: Sendable, Equatable {
  /// Examples in the source.
  public let count: Int
  /// Examples of a full step: batch size x accumulation.
  public let examplesPerStep: Int
  /// Seed of the order.
  public let seed: UInt64

  /// Creates the order of `count` examples in steps of `examplesPerStep`.
  public init(count: Int, examplesPerStep: Int, seed: UInt64) {
    precondition(count > 0 && examplesPerStep > 0, "an order needs examples and a step size")
    self.count = count
    self.examplesPerStep = examplesPerStep
    self.seed = seed
  }

  /// Optimiser steps of an epoch, the last partial one included.
  public var stepsPerEpoch: Int { (count + examplesPerStep - 1) / examplesPerStep }

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

  /// The epoch's order: entry `place` is the number of an example.
  public func permutation(epoch: Int) -> [Int32] {
    Self.permutation(count: count, seed: seed, epoch: epoch)
  }

  /// A permutation of `0..<count` that depends on seed and epoch alone.
  public static func permutation(count: Int, seed: UInt64, epoch: Int) -> [Int32] {
    var sequence = RandomStream(seed: seed, purpose: "data order", epoch: UInt64(epoch)).sequence()
    return sequence.permutation(count)
  }
}
