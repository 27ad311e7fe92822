public import HDF5

/// What a corpus artifact says about itself: the `config_json` attribute.
public struct CorpusDescription: Codable, Sendable, Equatable {
  /// SHA-256 of the tokenizer that made the ids.
  public var tokenizerDigest: String
  /// The limit sequences were cut to, special tokens included.
  public var maxSequenceLength: Int

  /// Describes a corpus.
  public init(tokenizerDigest: String, maxSequenceLength: Int) {
    self.tokenizerDigest = tokenizerDigest
    self.maxSequenceLength = maxSequenceLength
  }

  enum CodingKeys: String, CodingKey {
    case tokenizerDigest = "tokenizer_digest"
    case maxSequenceLength = "max_seq_length"
  }
}

/// Tokenised raw text in HDF5: `ids` int32 `[tokens]`, `offsets` int64 `[sequences + 1]`, and where there
/// may be pairs `second` int32 `[sequences]`, where the second segment of each begins.
public enum CorpusArtifact {
  /// The `kind` attribute.
  public static let kind = "corpus"

  /// Opens a corpus and reads its description; the ids stay in the file.
  public static func open(_ path: String) throws -> (ArtifactReader, CorpusDescription) {
    let reader = try ArtifactReader(path: path, expecting: kind)
    let description = try CanonicalJSON.decode(
      CorpusDescription.self, from: reader.configuration, of: path)
    try TokenizedRows.check(maxSequenceLength: description.maxSequenceLength, path: path)
    return (reader, description)
  }
}
