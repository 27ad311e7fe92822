public import Training
import Transformer

/// In which batches a teacher goes through all examples of a source that it is recorded on: in their
/// own order, a bounded number read at a time, each read cut by itself.
///
/// A product may round by the rows that are computed together, so a recording that was broken off goes
/// on with the same bits only between two batches.
public struct RecordingBatches: Sendable {
  let batcher: MicroBatcher
  private static let examplesPerRead = 1024

  /// Batches of at most `maxTokens` rows.
  public init(maxTokens: Int = 4096) { batcher = MicroBatcher(maxTokens: maxTokens) }

  /// Consecutive examples of whole batches, and their size.
  public struct Part: Sendable, Hashable, Codable {
    /// Numbers of the examples.
    public let examples: Range<Int>
    /// The sum of what was measured of each.
    public let size: Int
  }

  /// Cuts a source into parts of at least `least`, the last one aside, as few batches each as do.
  ///
  /// - Parameters:
  ///   - source: the examples; each is read once, and none is kept.
  ///   - least: the size that ends a part.
  ///   - measure: the size of an example of so many tokens.
  /// - Returns: the parts, in order.
  /// - Throws: what the source and `measure` throw.
  public func parts(
    of source: any ExampleSource, atLeast least: Int, measure: (_ length: Int) throws -> Int
  ) throws -> [Part] {
    var parts: [Part] = []
    var start = 0
    var size = 0
    for indices in Self.reads(of: 0..<source.count, in: source) {
      let lengths = try source.examples(indices).map(\.sequence.ids.count)
      for cut in batcher.cuts(lengths: lengths) {
        size += try lengths[cut].reduce(0) { try $0 + measure($1) }
        let end = indices[0] + cut.upperBound
        guard size >= least || end == source.count else { continue }
        parts.append(Part(examples: start..<end, size: size))
        (start, size) = (end, 0)
      }
    }
    return parts
  }

  /// The examples that are read together, for all reads that a part has a share in.
  static func reads(of part: Range<Int>, in source: any ExampleSource) -> [[Int]] {
    let first = part.lowerBound / examplesPerRead * examplesPerRead
    return stride(from: first, to: part.upperBound, by: examplesPerRead).map {
      Array($0..<min($0 + examplesPerRead, source.count))
    }
  }
}
