/// Memory and disk that go with all work, measured where they cannot be reckoned.
enum ProgramMemory {
  /// Bytes that the program takes before any work, its libraries among them.
  private static let program = 40_000_000
  /// Bytes of an entry of a tokenizer's vocabulary.
  private static let entry = 650

  /// Bytes of the libraries that multiply, and of what blocks of memory leave over.
  static let engine = 35_000_000

  /// Bytes of the program with a tokenizer.
  static func base(vocabulary: Int) -> Int { program + entry * min(max(vocabulary, 0), 1 << 24) }

  /// Tokens of a batch where a model is run over all rows of a split, or a teacher recorded.
  static let tokensOfBatch = 4096

  /// Bytes of a model artifact beside its numbers: what HDF5 keeps of each tensor, and the tokenizer.
  static func artifactOverhead(tensors: Int, vocabulary: Int) -> Double {
    5_000 + 480 * Double(tensors) + 4.6 * Double(vocabulary)
  }
}
