public import HDF5
public import Text
public import Training

/// What a dataset artifact says about itself: the `config_json` attribute.
public struct DatasetDescription: Codable, Sendable, Equatable {
  /// What the labels are for.
  public var task: String = "classification"
  /// Names of the classes; a row's label is an index into them.
  public var labels: [String]
  /// SHA-256 of the tokenizer that made the ids.
  public var tokenizerDigest: String
  /// The limit rows were cut to, special tokens included.
  public var maxSequenceLength: Int
  /// Rows by split.
  public var splits: [String: Int]
  /// Whether rows are pairs of texts.
  public var hasPairs: Bool

  /// Describes a dataset; `splits` is filled in when it is written.
  public init(
    labels: [String], tokenizerDigest: String, maxSequenceLength: Int, hasPairs: Bool
  ) {
    self.labels = labels
    self.tokenizerDigest = tokenizerDigest
    self.maxSequenceLength = maxSequenceLength
    splits = [:]
    self.hasPairs = hasPairs
  }

  enum CodingKeys: String, CodingKey {
    case task, labels, splits
    case tokenizerDigest = "tokenizer_digest"
    case maxSequenceLength = "max_seq_length"
    case hasPairs = "has_pairs"
  }
}

/// Rows of one split: texts, their ids, their labels.
public struct DatasetSplit: Sendable {
  /// First texts.
  public var texts: [String] = []
  /// Second texts, empty where the dataset has no pairs.
  public var pairs: [String] = []
  /// Token ids of every row, special tokens included.
  public var sequences: [TokenizedRow] = []
  /// Index into the dataset's labels, -1 where a row has none.
  public var labels: [Int32] = []

  /// An empty split.
  public init() {}
}

/// One tokenised row: ids and the place where its second segment starts.
public struct TokenizedRow: Sendable, Equatable {
  /// Token ids with special tokens.
  public var ids: [Int32]
  /// Index of the first token of the second segment; `ids.count` where there is none.
  public var secondStart: Int32

  public init(_ encoding: Encoding) {
    ids = encoding.ids
    secondStart = Int32(encoding.types.firstIndex(of: 1) ?? encoding.ids.count)
  }

  public init(ids: [Int32], secondStart: Int32) {
    self.ids = ids
    self.secondStart = secondStart
  }
}

/// Labelled rows in HDF5, tokenised once.
///
/// | dataset, per split `train`, `dev`, `test` | type and shape |
/// |---|---|
/// | `<split>/text/bytes`, `<split>/text/offsets` | uint8, int64 `[rows + 1]` |
/// | `<split>/pair/bytes`, `<split>/pair/offsets` (pairs only) | the same |
/// | `<split>/ids`, `<split>/offsets` | int32 `[tokens]`, int64 `[rows + 1]` |
/// | `<split>/second` | int32 `[rows]`: where the second segment starts |
/// | `<split>/labels` | int32 `[rows]` |
public enum DatasetArtifact {
  /// The `kind` attribute.
  public static let kind = "dataset"
  /// The splits a dataset may have, in the order they are written.
  public static let splitNames = ["train", "dev", "test"]

  /// Writes a dataset; `description.splits` is filled in from `splits`.
  public static func write(
    to path: String, _ description: DatasetDescription, splits: [String: DatasetSplit],
    inputs: [String: String]
  ) throws -> ArtifactDigests {
    var description = description
    description.splits = splits.mapValues(\.texts.count)
    return try ArtifactWriter.write(
      to: path, kind: kind, configuration: try CanonicalJSON.encode(description),
      inputs: try CanonicalJSON.encode(inputs), createdBy: ProgramVersion.createdBy
    ) { body in
      for name in splitNames {
        guard let split = splits[name] else { continue }
        try body.write(PackedStrings(split.texts), group: "\(name)/text")
        if description.hasPairs {
          try body.write(PackedStrings(split.pairs), group: "\(name)/pair")
        }
        try body.write(split.sequences, group: name)
        try body.int32s("\(name)/labels", shape: [split.labels.count], values: split.labels)
      }
    }
  }

  /// Reads a dataset's description.
  public static func open(_ path: String) throws -> (ArtifactReader, DatasetDescription) {
    let reader = try ArtifactReader(path: path, expecting: kind)
    return (
      reader,
      try CanonicalJSON.decode(DatasetDescription.self, from: reader.configuration, of: path)
    )
  }

  /// Reads one split and checks it: ids within `vocabularySize`, labels within the names.
  public static func read(
    _ reader: ArtifactReader, _ description: DatasetDescription, split name: String,
    vocabularySize: Int
  ) throws -> DatasetSplit {
    var split = DatasetSplit()
    split.labels = try labels(reader, description, split: name)
    split.texts = try PackedStrings(reader, group: "\(name)/text").strings()
    split.pairs =
      description.hasPairs ? try PackedStrings(reader, group: "\(name)/pair").strings() : []
    split.sequences = try TokenizedRows.read(reader, group: name, vocabularySize: vocabularySize)
    let rows = split.labels.count
    guard split.texts.count == rows, split.sequences.count == rows,
      !description.hasPairs || split.pairs.count == rows
    else { throw miscounted(reader, split: name, rows: rows) }
    return split
  }

  /// Reads one split as training sees it, checked in the same way; its texts stay in the file.
  public static func readExamples(
    _ reader: ArtifactReader, _ description: DatasetDescription, split name: String,
    vocabularySize: Int
  ) throws -> InMemoryExamples {
    let labels = try labels(reader, description, split: name)
    let rows = try TokenizedRows.readFlat(reader, group: name, vocabularySize: vocabularySize)
    guard rows.seconds.count == labels.count else {
      throw miscounted(reader, split: name, rows: labels.count)
    }
    return InMemoryExamples(
      ids: rows.ids, offsets: rows.offsets, secondSegmentStarts: rows.seconds, labels: labels)
  }

  /// The labels of a split that is there and not empty.
  private static func labels(
    _ reader: ArtifactReader, _ description: DatasetDescription, split name: String
  ) throws -> [Int32] {
    guard let rows = description.splits[name] else {
      let known = description.splits.keys.sorted().joined(separator: ", ")
      throw ArtifactError.badData(
        reader.path, "no split '\(name)' (there are: \(known))",
        cure: "give the split's file to `distill dataset`")
    }
    guard rows > 0 else {
      throw ArtifactError.badData(reader.path, "split '\(name)' is empty", cure: "give it rows")
    }
    let labels = try reader.int32s("\(name)/labels")
    guard labels.count == rows else { throw miscounted(reader, split: name, rows: rows) }
    if let row = labels.firstIndex(where: { $0 < -1 || $0 >= description.labels.count }) {
      throw ArtifactError.badData(
        reader.path,
        "row \(row) of '\(name)' has label \(labels[row]) of \(description.labels.count)",
        cure: "make the dataset again")
    }
    return labels
  }

  private static func miscounted(
    _ reader: ArtifactReader, split name: String, rows: Int
  ) -> ArtifactError {
    ArtifactError.badData(
      reader.path, "split '\(name)' says \(rows) rows and holds another number",
      cure: "make the dataset again")
  }
}
