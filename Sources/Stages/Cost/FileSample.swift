import Artifacts
import Files
import HDF5
import Pipelines
import Tasks
import Text
import Training

/// The beginning of a file, read to reckon how much all of it is.
enum FileSample {
  /// Bytes that are read of a file at most, some of the last row's beside.
  static let bytes = 1 << 19
  /// Rows that are read where bytes are not known.
  static let rows = 4096

  /// How many times as much the whole file holds as what was read of it.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - read: Bytes that were read; nil where that is not known.
  ///   - isWhole: Whether all was read.
  /// - Returns: The factor; nil where it is not known, as of a packed file.
  static func factor(_ path: String, read: Int?, isWhole: Bool) -> Double? {
    if isWhole { return 1 }
    guard let read, read > 0, let size = (try? statSignature(path))?.size else { return nil }
    return max(1, Double(size) / Double(read))
  }

  /// Why the amount of a file is not known, where its factor is not.
  static func unknown(_ path: String) -> String {
    "\(printable(path)): how much it unpacks to, or holds, is not known before it is read"
  }
}

/// What the files of a dataset will give, by a sample of each.
struct DatasetSample: Sendable {
  /// Amounts by split.
  var amounts: [String: TokenAmount] = [:]
  /// Texts of training rows, to be rewritten: a part of them, in the file's order.
  var texts: [[String]] = []
  /// The tokenizer that will make the ids; nil of an artifact, which has them.
  let tokenizer: Tokenizer?
  /// Training rows.
  var trainRows = 0.0
  /// What is not known, and why.
  var remarks: [String] = []

  /// Reads the beginnings of files.
  ///
  /// - Parameters:
  ///   - stage: The stage that will read them.
  ///   - files: A path a split.
  ///   - tokenizer: The tokenizer that will make the ids.
  init(_ stage: DatasetStage, _ files: [(split: String, path: String)], _ tokenizer: Tokenizer) {
    self.tokenizer = tokenizer
    let columns = try? stage.namedColumns(files)
    for (split, path) in files {
      // What is wrong with a file is told where it is looked at for faults.
      guard let part = try? Self.part(stage, path, columns, tokenizer) else { continue }
      guard let factor = part.factor else {
        remarks.append(FileSample.unknown(path))
        continue
      }
      let total = Double(part.rows.count) * factor
      var share = factor
      if split == "train", let limit = stage.limit, !part.rows.isEmpty {
        share *= Double(limit.count(of: total.wholeNumber)) / max(total, 1)
      }
      amounts[split] = part.amount.times(share)
      guard split == "train" else { continue }
      trainRows = Double(part.rows.count) * share
      texts = part.rows.map { [$0.text] + ($0.pair.map { [$0] } ?? []) }
    }
  }

  /// Reads the first texts of an artifact's training rows.
  ///
  /// - Parameters:
  ///   - reader: The artifact.
  ///   - rows: Training rows in it.
  /// - Throws: `HDF5Error` where they cannot be read.
  init(of reader: ArtifactReader, rows: Int) throws {
    tokenizer = nil
    trainRows = Double(rows)
    var columns: [[String]] = []
    for column in ["train/text", "train/pair"] where reader.contains(column + "/offsets") {
      let offsets = try reader.int64s(
        column + "/offsets", range: 0..<min(try reader.rows(column + "/offsets"), FileSample.rows))
      guard let end = offsets.last.flatMap({ Int(exactly: $0) }), end >= 0,
        end <= (try reader.rows(column + "/bytes")),
        let strings = PackedStrings(
          bytes: try reader.bytes(column + "/bytes", range: 0..<end), offsets: offsets)
      else { continue }
      columns.append(strings.strings())
    }
    let count = columns.map(\.count).min() ?? 0
    texts = (0..<count).map { row in columns.map { $0[row] } }
  }

  private static func part(
    _ stage: DatasetStage, _ path: String, _ columns: NamedColumns?, _ tokenizer: Tokenizer
  ) throws -> (rows: [LabelledRow], amount: TokenAmount, factor: Double?) {
    let clock = ContinuousClock()
    let start = clock.now
    let reader = try stage.reader(path, columns: columns)
    var rows: [LabelledRow] = []
    var isWhole = true
    while let row = try reader.next() {
      rows.append(row)
      if reader.bytesRead.map({ $0 >= FileSample.bytes }) ?? (rows.count >= FileSample.rows) {
        isWhole = false
        break
      }
    }
    let factor = FileSample.factor(path, read: reader.bytesRead, isWhole: isWhole)
    let examples = rows.flatMap {
      stage.task.examples(
        of: $0, target: .none, tokenizer: tokenizer, lengths: stage.lengths)
    }
    var amount = TokenAmount(lengths: examples.map(\.encoding.ids.count), isExact: isWhole)
    let tokenized = clock.now
    amount.vocabulary = tokenizer.vocabularySize
    amount.storedBytes = Double(storedBytes(rows, examples.map(\.encoding.ids)))
    amount.makingSeconds = (
      (tokenized - start) / .seconds(1), (clock.now - tokenized) / .seconds(1)
    )
    return (rows, amount, factor)
  }

  /// What rows take in the artifact: texts and their places, ids and theirs, where the second segment
  /// begins, and an answer.
  private static func storedBytes(_ rows: [LabelledRow], _ ids: [[Int32]]) -> Int {
    var bytes = 0
    var lastPair: String?
    let firsts = rows.map { Array($0.text.utf8) }
    // Texts that several rows have in common are stored once where they follow one another.
    let seconds = rows.compactMap { row -> [UInt8]? in
      defer { lastPair = row.pair }
      return row.pair == lastPair ? nil : row.pair.map { Array($0.utf8) }
    }
    for texts in [firsts, seconds] where !texts.isEmpty {
      bytes += CompressedSize.of(texts.flatMap(\.self))
      bytes += CompressedSize.of(offsets(texts.map(\.count)))
    }
    bytes += CompressedSize.of(ids.flatMap(\.self))
    bytes += CompressedSize.of(offsets(ids.map(\.count)))
    bytes += CompressedSize.of(ids.map { Int32(clamping: $0.count) })
    // Answers as good as at random.
    bytes += CompressedSize.of(ids.map { Int32(clamping: $0.count & 1) })
    return bytes
  }

  static func offsets(_ counts: [Int]) -> [Int64] {
    var end: Int64 = 0
    return [0]
      + counts.map {
        end += Int64($0)
        return end
      }
  }
}
