import Compute
public import Training
public import Transformer

/// The taps of a teacher that ran earlier, read record by record as training asks for them.
///
/// Memory is that of one micro-batch.
public final class CachedTaps: TeacherSource {
  /// The sizes of the teacher that made the records.
  public let configuration: ModelConfiguration
  /// How a record lies.
  public let layout: TapLayout

  /// Where the record of an example begins and ends, counted in floats.
  public typealias Bounds = (_ example: Int) throws -> Range<Int>
  /// Fills `values` with the floats of the cache from `first` on.
  public typealias Read = (_ first: Int, _ values: inout MutableSpan<Float>) throws -> Void

  private let bounds: Bounds
  private let read: Read
  private let arena = Arena()

  /// Reads records that `TeacherSource.record` wrote.
  ///
  /// - Parameters:
  ///   - layout: how a record lies.
  ///   - configuration: the teacher's sizes.
  ///   - bounds: where an example's record lies.
  ///   - read: reads part of it.
  public init(
    _ layout: TapLayout, of configuration: ModelConfiguration, bounds: @escaping Bounds,
    read: @escaping Read
  ) {
    self.layout = layout
    self.configuration = configuration
    self.bounds = bounds
    self.read = read
  }

  /// Reads the records of the batch's examples.
  ///
  /// - Precondition: no more is asked for than the layout has.
  /// - Throws: `DistillationError` when a record is that of another example, and what reading throws.
  public func taps(_ taps: BertModel.Taps, of batch: TrainingBatch) throws -> TapMatrices {
    precondition(
      !taps.logits && taps.hidden.isSubset(of: layout.hidden)
        && taps.scores.isSubset(of: layout.scores)
        && taps.queriesKeysValues.isSubset(of: layout.queriesKeysValues),
      "the cache has no such taps")
    arena.reset()
    let sequences = batch.packed.sequences
    var made = TapMatrices()
    for state in layout.hidden { made.hidden[state] = arena.matrix(sequences.tokens, layout.width) }
    for layer in layout.scores {
      made.scores[layer] = arena.matrix(1, layout.heads * sequences.squaredTotal)
    }
    for layer in layout.queriesKeysValues {
      made.queriesKeysValues[layer] = arena.matrix(sequences.tokens, 3 * layout.width)
    }
    for (sequence, example) in batch.indices.enumerated() {
      let place = try bounds(example)
      guard place.count == layout.count(length: sequences.length(of: sequence)) else {
        throw DistillationError(
          .missingTaps,
          "the teacher cache has \(place.count) numbers for example \(example) of "
            + "\(sequences.length(of: sequence)) tokens; it belongs to other data")
      }
      var first = place.lowerBound
      for part in layout.parts(of: sequence, in: made, sequences) {
        try part.withElements { values in try read(first, &values) }
        first += part.count
      }
    }
    return made
  }
}
