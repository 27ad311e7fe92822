import Artifacts
import Distillation
import Interchange

/// The shards of a cache of taps as training reads them: any example at any time.
///
/// Of many files few are open at a time.
final class TapShards {
  /// One shard: whole examples, and which of the cache's numbers, counted from its first shard's first,
  /// are theirs.
  struct Part: Codable, Equatable, Sendable {
    /// Numbers of the examples.
    let examples: Range<Int>
    /// Numbers of their records.
    let numbers: Range<Int>
  }

  private let store: ShardStore<Part>
  private let parts: [Part]
  private var files: [Int: SafetensorsFile] = [:]
  private var used: [Int] = []  // numbers of the open files, the latest last
  private static let openFiles = 128

  /// Reads the shards of a store that are all there.
  init(_ store: ShardStore<Part>, _ parts: [Part]) {
    self.store = store
    self.parts = parts
  }

  /// Where the record of an example begins and ends among all numbers of the cache.
  ///
  /// - Throws: `ArtifactError` where it is not within its shard.
  func bounds(of example: Int) throws -> Range<Int> {
    let shard = first { $0.examples.upperBound > example }
    let part = parts[shard]
    let place = example - part.examples.lowerBound
    let file = try open(shard)
    let ends = try file.int64s("offsets", range: place..<place + 2)
    guard ends[0] >= 0, ends[0] <= ends[1], ends[1] <= Int64(part.numbers.count) else {
      throw ArtifactError.badData(file.path, "its offsets fall", cure: "remove it")
    }
    return part.numbers.lowerBound + Int(ends[0])..<part.numbers.lowerBound + Int(ends[1])
  }

  /// Fills `values` with numbers of one example from `first` on.
  ///
  /// - Throws: `InterchangeError` or `FileError` where they cannot be read.
  func read(from first: Int, into values: inout MutableSpan<Float>) throws {
    let shard = self.first { $0.numbers.upperBound > first }
    try open(shard).readFloats(
      "values", from: first - parts[shard].numbers.lowerBound, into: &values)
  }

  /// The first part for which `isBeyond` holds; it holds for all after that, and for the last.
  private func first(where isBeyond: (Part) -> Bool) -> Int {
    var (low, high) = (0, parts.count - 1)
    while low < high {
      let middle = (low + high) / 2
      if isBeyond(parts[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }

  private func open(_ shard: Int) throws -> SafetensorsFile {
    if used.last == shard, let file = files[shard] { return file }
    used.removeAll { $0 == shard }
    used.append(shard)
    if let file = files[shard] { return file }
    if used.count > Self.openFiles { files[used.removeFirst()] = nil }
    let file = try store.open(shard)
    files[shard] = file
    return file
  }
}
