import Artifacts
import HDF5
import Pipelines
import Text

extension Preview {
  /// Why nothing is known of ids that are still to be made.
  static let noTokenizerYet =
    "how many tokens there are is not known before the model is there whose tokenizer makes them"

  /// The tokenizer of the input `tokenizer`, where amounts are asked for and it is there.
  func reckoningTokenizer() -> Tokenizer? {
    guard reckons, let path = input("tokenizer")?.path else { return nil }
    return try? ModelSource.tokenizer(of: path)
  }
}

extension TokenAmount {
  /// So many offsets are read at most; of more sequences the first stand for all.
  private static let mostOffsets = 1 << 21

  /// How much an artifact holds, by the offsets of its sequences.
  ///
  /// - Parameters:
  ///   - reader: The artifact.
  ///   - group: What the names of `ids` and `offsets` begin with.
  /// - Throws: `HDF5Error` where they cannot be read.
  init(of reader: ArtifactReader, group: String) throws {
    let count = try reader.rows(group + "offsets")
    let offsets = try reader.int64s(
      group + "offsets", range: 0..<min(count, Self.mostOffsets))
    let lengths = zip(offsets, offsets.dropFirst()).map { start, end in
      let (length, overflow) = end.subtractingReportingOverflow(start)
      return overflow ? 0 : max(0, Int(clamping: length))
    }
    self.init(lengths: lengths, isExact: true)
    guard offsets.count < count, examples > 0 else { return }
    let (all, ids) = (Double(count - 1), Double(try reader.rows(group + "ids")))
    squares *= all / examples
    (examples, tokens, isExact) = (all, ids, false)
  }
}
