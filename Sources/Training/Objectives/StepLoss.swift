public import Compute

/// A loss that compares the examples of an optimiser step with one another, and so reads the outputs of
/// all of them at once, however the step is cut into micro-batches.
public protocol StepLoss: Sendable {
  /// Stable name under which it is logged.
  var term: String { get }

  /// The loss of a whole step.
  ///
  /// - Parameters:
  ///   - outputs: the head's output, `[B, columns]`, a row an example.
  ///   - indices: the examples' numbers in the source.
  ///   - gradient: d(loss)/d(outputs), `[B, columns]`, added to.
  ///   - context: where the arithmetic runs.
  ///   - arena: scratch memory that lives until the gradient is used.
  /// - Returns: the loss, weight included.
  /// - Throws: an error when what the loss compares with is not to be had.
  func evaluate(
    _ outputs: Matrix, of indices: [Int], gradient: Matrix, on context: ComputeContext,
    in arena: Arena
  ) throws -> Double
}
