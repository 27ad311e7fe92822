public import Transformer

/// The processes that train one model together; one by default, and no other kind yet.
///
/// Every process holds all weights and moments, walks through the same steps and takes the same
/// update. Of a step's examples it works on its share; what the shares give is summed here, between
/// the backward sweep and the update.
///
/// **When the bits hold.** Denominators and data order need no exchange: every process reads them off
/// the data. Float sums depend on their order, so two numbers of processes give the same bits only if
/// the sums do not know of processes: the step is cut into shards by the data alone (their number and
/// bounds a function of the step's examples, not of processes, threads or `max_tokens`), each shard
/// is summed by one process in the order of its examples, and the shards' sums are added in a fixed
/// binary tree over their numbers, whoever holds them. One process has to do the same to agree with
/// several. A trainer on its own sums a step as one shard, in the order of its micro-batches: its bits
/// are those of one process and one `max_tokens`, and a run of several shards has others, which differ
/// by rounding alone. Replies of `isStopWanted` and of `sum` are the same in every process, or their
/// weights part.
public protocol Communicator {
  /// Whether this process writes checkpoints, artifacts and records; exactly one does.
  var isWriter: Bool { get }

  /// Whether any process has been asked to stop; asked before every micro-batch.
  ///
  /// - Parameters:
  ///   - here: whether this one has.
  ///   - isWithinStep: whether micro-batches of the step are done. Several processes do not stop
  ///     there, since the writer has no gradients to save but its own.
  /// - Returns: the same in every process.
  /// - Throws: why the others are not to be heard.
  func isStopWanted(_ here: Bool, isWithinStep: Bool) throws -> Bool

  /// Sums a step over the processes.
  ///
  /// - Parameters:
  ///   - gradients: this process's sums, replaced by those over all.
  ///   - terms: this process's loss terms.
  ///   - reached: where this process's gradients of tables are not zero.
  /// - Returns: the terms over all, and where the summed gradients are not zero.
  /// - Throws: why the others are not to be heard.
  func sum(
    _ gradients: ParameterSet, terms: LossTerms, reached: [GradientRows]
  ) throws -> (terms: LossTerms, reached: [GradientRows])
}

/// A process on its own.
public struct SingleProcess: Communicator {
  /// The only one there is.
  public init() {}

  /// It writes.
  public var isWriter: Bool { true }

  /// Its own request.
  public func isStopWanted(_ here: Bool, isWithinStep: Bool) -> Bool { here }

  /// Its own sums.
  public func sum(
    _ gradients: ParameterSet, terms: LossTerms, reached: [GradientRows]
  ) -> (terms: LossTerms, reached: [GradientRows]) {
    (terms, reached)
  }
}
