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
  public func taps(_ taps: BertModel.Taps, of batch: TrainingBatch) throws -> TeacherTaps {
    precondition(
      !taps.logits && taps.hidden.isSubset(of: layout.hidden)
        && taps.scores.isSubset(of: layout.scores), "the cache has no such taps")
    arena.reset()
    let sequences = batch.packed.sequences
    var made = TeacherTaps()
    for state in layout.hidden { made.hidden[state] = arena.matrix(sequences.tokens, layout.width) }
    for layer in layout.scores {
      made.scores[layer] = arena.matrix(1, layout.heads * sequences.squaredTotal)
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

extension TeacherSource {
  /// Runs the teacher over all examples in their own order and hands on the record of each.
  ///
  /// How examples are batched depends on the source alone, so the bits are the same every time.
  ///
  /// - Parameters:
  ///   - layout: which taps, and how a record lies.
  ///   - source: the examples.
  ///   - recorder: keeps the logits in passing, if given.
  ///   - maxTokens: most rows of a packed batch.
  ///   - shouldStop: asked before every batch.
  ///   - progress: told how many examples are done.
  ///   - write: takes the parts of the records, in order.
  /// - Returns: whether it came to the end; false when it was asked to stop.
  /// - Throws: what teacher, source and `write` throw.
  public func record(
    _ layout: TapLayout, of source: any ExampleSource, recorder: TeacherLogitRecorder? = nil,
    maxTokens: Int = 4096, shouldStop: () -> Bool = { false }, progress: (Int) -> Void = { _ in },
    write: (Span<Float>) throws -> Void
  ) throws -> Bool {
    let examplesPerRead = 1024
    let batcher = MicroBatcher(maxTokens: maxTokens)
    var taps = layout.taps
    taps.logits = recorder != nil
    for start in stride(from: 0, to: source.count, by: examplesPerRead) {
      let indices = Array(start..<min(start + examplesPerRead, source.count))
      let examples = try source.examples(indices)
      for batch in batcher.batches(examples, indices: indices, firstPlace: start) {
        if shouldStop() { return false }
        let made = try self.taps(taps, of: batch)
        if let recorder, let logits = made.logits {
          recorder.record(logits, indices: batch.indices)
        }
        let sequences = batch.packed.sequences
        for sequence in batch.indices.indices {
          for part in layout.parts(of: sequence, in: made, sequences) {
            try part.withElements { values in try write(values.span) }
          }
        }
        progress((batch.indices.last ?? start) + 1)
      }
    }
    return true
  }
}
