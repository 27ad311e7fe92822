import Compute
public import Training
import Transformer

extension TeacherSource {
  /// Runs the teacher over examples in their own order and hands on the record of each.
  ///
  /// How examples are batched depends on the source alone, so the bits are the same every time, and
  /// the same when the parts of ``RecordingBatches`` are recorded one by one.
  ///
  /// - Parameters:
  ///   - layout: which taps, and how a record lies.
  ///   - source: the examples.
  ///   - part: which of them; all if nil.
  ///   - recorder: keeps the logits in passing, if given.
  ///   - batches: how they are batched.
  ///   - shouldStop: asked before every batch.
  ///   - progress: told the number of the example that comes next.
  ///   - write: takes the parts of the records, in order.
  /// - Returns: whether it came to the end; false when it was asked to stop.
  /// - Throws: what teacher, source and `write` throw.
  /// - Precondition: `part` begins and ends between two batches.
  public func record(
    _ layout: TapLayout, of source: any ExampleSource, in part: Range<Int>? = nil,
    recorder: TeacherLogitRecorder? = nil, batches: RecordingBatches = RecordingBatches(),
    shouldStop: () -> Bool = { false }, progress: (Int) -> Void = { _ in },
    write: (Span<Float>) throws -> Void
  ) throws -> Bool {
    let part = part ?? 0..<source.count
    var taps = layout.taps
    taps.logits = recorder != nil
    var next = part.lowerBound
    for indices in RecordingBatches.reads(of: part, in: source) {
      let examples = try source.examples(indices)
      for batch in batches.batcher.batches(
        examples, indices: indices, firstPlace: indices.first ?? 0)
      where batch.indices.first.map(part.contains) ?? false {
        precondition(batch.indices.first == next, "a part that begins within a batch")
        if shouldStop() { return false }
        let made = try self.taps(taps, of: batch)
        recorder?.record(made.logits, indices: batch.indices)
        let sequences = batch.packed.sequences
        for sequence in batch.indices.indices {
          for piece in layout.parts(of: sequence, in: made, sequences) {
            try piece.withElements { values in try write(values.span) }
          }
        }
        next += batch.indices.count
        progress(next)
      }
    }
    precondition(next == part.upperBound, "a part that ends within a batch")
    return true
  }
}
