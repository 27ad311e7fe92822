import Files
import HDF5
public import Text
public import Training
public import Transformer

/// The sequences of a corpus as training reads them: memory does not grow with the corpus.
///
/// The artifact is compressed in large pieces and a step's sequences lie all over it, so one pass
/// checks it and copies ids and offsets, uncompressed, into scratch files that are read at any
/// place.
public final class CorpusExamples: ExampleSource {
  /// How many sequences there are.
  public let count: Int
  /// The limit that sequences were cut to.
  public let maxSequenceLength: Int
  /// What of a model's positions and segments its sequences use.
  public private(set) var seen = SeenText(longestSequence: 0, hasSecondSegments: false)

  private let ids: ScratchFile  // uint16 where the vocabulary allows, else int32
  private let offsets: ScratchFile  // int64 [count + 1]
  private let seconds: ScratchFile?  // int32 [count], where there may be pairs
  private let isNarrow: Bool

  /// Values that are read at a time: a whole number of the chunks that the datasets are stored in.
  private static let piece = 1 << 18

  /// Checks a corpus artifact and copies it.
  ///
  /// - Parameters:
  ///   - path: The artifact.
  ///   - tokenizer: The tokenizer it must have been made with.
  ///   - configuration: The model that will read it.
  ///   - scratchFolder: Where the copy lies, without a name; made when missing. Two bytes a token
  ///     (four where the vocabulary is larger than 65,536) and eight a sequence, twelve
  ///     where there may be pairs.
  /// - Throws: `ArtifactError` on another tokenizer, ids beyond the vocabulary, sequences longer than
  ///   the model's positions, pairs for a model of one segment, or an empty corpus; `FileError` where the copy does not fit.
  public init(
    _ path: String, tokenizer: Tokenizer, configuration: ModelConfiguration, scratchFolder: String
  ) throws {
    let (reader, description) = try CorpusArtifact.open(path)
    try TokenizerCheck.same(description.tokenizerDigest, of: path, as: tokenizer)
    maxSequenceLength = description.maxSequenceLength
    try TokenizerCheck.fits(maxSequenceLength, path: path, configuration: configuration)
    count = try reader.rows("offsets") - 1
    guard count > 0 else {
      throw ArtifactError.badData(
        path, "the corpus is empty", cure: "give `distill corpus` some text")
    }
    try ensureDirectory(scratchFolder)
    isNarrow = configuration.vocabularySize <= 1 << 16
    ids = try ScratchFile(in: scratchFolder)
    offsets = try ScratchFile(in: scratchFolder)
    seconds = reader.contains("second") ? try ScratchFile(in: scratchFolder) : nil
    if seconds != nil, !configuration.takesPairs {
      throw ArtifactError.badData(
        path, "holds pairs of texts, the model knows one segment (type_vocab_size 1)",
        cure: "make the corpus with --mode packed")
    }
    try copyIds(reader, vocabularySize: configuration.vocabularySize)
    try copyOffsets(reader)
    if let seconds { try copySeconds(reader, to: seconds) }
  }

  private func copySeconds(_ reader: ArtifactReader, to file: ScratchFile) throws {
    guard try reader.rows("second") == count else { throw Self.misfit(reader.path) }
    for range in Self.pieces(count) {
      let values = try reader.int32s("second", range: range)
      let ends = try reader.int64s("offsets", range: range.lowerBound..<range.upperBound + 1)
      for (value, (start, end)) in zip(values, zip(ends, ends.dropFirst())) {
        guard value >= 0, value <= end - start else { throw Self.misfit(reader.path) }
        if value < end - start { seen.hasSecondSegments = true }
      }
      try file.append(values)
    }
    try file.finish()
  }

  private func copyIds(_ reader: ArtifactReader, vocabularySize: Int) throws {
    for range in Self.pieces(try reader.rows("ids")) {
      let values = try reader.int32s("ids", range: range)
      try TokenizedRows.check(
        values, from: range.lowerBound, vocabularySize: vocabularySize, path: reader.path,
        group: "corpus")
      if isNarrow {
        try ids.append(values.map { UInt16($0) })
      } else {
        try ids.append(values)
      }
    }
    try ids.finish()
  }

  private func copyOffsets(_ reader: ArtifactReader) throws {
    var (last, longest): (Int64, Int64) = (-1, 0)
    for range in Self.pieces(count + 1) {
      let values = try reader.int64s("offsets", range: range)
      guard range.lowerBound > 0 || values.first == 0,
        values.allSatisfy({ value in
          defer {
            if last >= 0 { longest = max(longest, value &- last) }
            last = value
          }
          return last < value && (last < 0 || value - last <= maxSequenceLength)
        })
      else { throw Self.misfit(reader.path) }
      try offsets.append(values)
    }
    guard last == Int64(try reader.rows("ids")) else { throw Self.misfit(reader.path) }
    try offsets.finish()
    seen.longestSequence = Int(longest)
  }

  private static func pieces(_ count: Int) -> [Range<Int>] {
    stride(from: 0, to: count, by: piece).map { $0..<min($0 + piece, count) }
  }

  private static func misfit(_ path: String) -> ArtifactError {
    ArtifactError.badData(path, "offsets do not fit the ids", cure: "make the corpus again")
  }

  /// The sequences with these numbers, in this order.
  ///
  /// - Throws: `FileError` if the device fails.
  public func examples(_ indices: [Int]) throws -> [Example] {
    try indices.map { index in
      let ends = try offsets.read(at: 8 * index, count: 2, as: Int64.self)
      let (start, length) = (Int(ends[0]), Int(ends[1] - ends[0]))
      let sequence =
        isNarrow
        ? try ids.read(at: 2 * start, count: length, as: UInt16.self).map { Int32($0) }
        : try ids.read(at: 4 * start, count: length, as: Int32.self)
      guard let seconds else { return Example(sequence: TokenSequence(ids: sequence)) }
      let starts = try seconds.read(at: 4 * index, count: 1, as: Int32.self)
      return Example(
        sequence: TokenSequence(
          ids: sequence, secondSegmentStart: starts.first.map { Int($0) } ?? length))
    }
  }
}
