import Artifacts
import Compute
import Files
import RandomStreams
import Text

/// Rows drawn from all that a file has, in the file's order.
///
/// Every row has a number drawn for its place alone, and those with the smallest numbers are taken: of
/// one seed the smaller of two samples is a part of the greater. Where it is told how many, no more
/// than twice as many are kept while a file is read.
struct RowSample {
  /// Rows seen so far.
  private(set) var total = 0

  private let amount: RowAmount?
  private let stream: RandomStream
  private var kept: [(key: UInt64, row: LabelledRow)] = []
  /// The number that a row must be below; all are, until more than enough are kept.
  private var bound = UInt64.max
  /// A row for each answer, up to some number of answers.
  private var firstOfAnswers: [RowAnswer: LabelledRow] = [:]
  private static let answerLimit = 1000
  /// Bytes of the rows that are kept, and how many they were when room was last looked for.
  private var (bytes, bytesSeen) = (0, 0)
  private var lastPair: String?
  /// What a row takes beside its texts.
  private static let rowBytes = 256

  /// - Parameters:
  ///   - amount: How much is taken; nil for all.
  ///   - seed: Decides which.
  init(_ amount: RowAmount?, seed: UInt64) {
    self.amount = amount
    stream = RandomStream(seed: seed, purpose: "limit")
  }

  /// Sees a row.
  ///
  /// - Throws: `MemoryShortage` where the rows leave no room for the numbers that they become: packed
  ///   text may be much more than its file.
  mutating func see(_ row: LabelledRow) throws {
    defer { total += 1 }
    // Questions about one text share it.
    let pairBytes = row.pair == lastPair ? 0 : row.pair?.utf8.count ?? 0
    lastPair = row.pair
    bytes += row.text.utf8.count + pairBytes + Self.rowBytes
    if bytes - bytesSeen > 1 << 24 { try requireRoom() }
    guard let amount else { return kept.append((0, row)) }
    if firstOfAnswers.count < Self.answerLimit, firstOfAnswers[row.answer] == nil {
      firstOfAnswers[row.answer] = row
    }
    let block = stream.block(place: UInt64(clamping: total), site: 0, index: 0)
    let key = UInt64(clamping: block.x) << 32 | UInt64(clamping: block.y)
    guard key <= bound else { return }
    kept.append((key, row))
    guard case .count(let wanted) = amount, kept.count >= max(1024, 2 * min(wanted, 1 << 40)) else {
      return
    }
    keepSmallest(wanted)
    bound = kept.last?.key ?? bound
  }

  /// Refuses rows for which there is no room beside them.
  mutating func requireRoom(available: Int = MemoryRoom.available) throws {
    bytesSeen = bytes
    try MemoryRoom.require(
      bytes, for: "a dataset of the first \(total.grouped) rows alone",
      cure: "take a part of them (--limit 100000), or a machine with more", available: available)
  }

  private mutating func keepSmallest(_ wanted: Int) {
    kept.sort { ($0.key, $0.row.line) < ($1.key, $1.row.line) }
    while kept.count > wanted { kept.removeLast() }
    bytes = kept.reduce(0) {
      $0 + $1.row.text.utf8.count + ($1.row.pair?.utf8.count ?? 0) + Self.rowBytes
    }
    bytesSeen = bytes
  }

  /// The rows that are taken, in the file's order.
  mutating func taken() -> [LabelledRow] {
    guard let amount else { return kept.map(\.row) }
    keepSmallest(amount.count(of: total))
    return kept.map(\.row).sorted { $0.line < $1.line }
  }

  /// Rows that say what answers there are in the file: the labels of a task do not hang on the draw.
  func answers(beside taken: [LabelledRow]) -> [LabelledRow] {
    let known = Set(taken.map(\.answer))
    return firstOfAnswers.filter { !known.contains($0.key) }.map(\.value)
      .sorted { $0.line < $1.line }
  }

  /// What the user should know of it, labels of which no row is left included where rows have classes;
  /// nil where no limit was set.
  func remark(of path: String, taken: [LabelledRow], namesLabels: Bool) -> String? {
    guard let amount else { return nil }
    guard taken.count < total else {
      return "\(path): --limit \(amount): it has \(total) rows, and all are taken"
    }
    let absent =
      namesLabels ? answers(beside: taken).compactMap(\.label).filter { !$0.isEmpty } : []
    let shown = absent.prefix(20).map { "'\(printable(String($0.prefix(60))))'" }
    return
      "\(path): --limit \(amount): \(taken.count) of \(total) rows are taken, drawn by the seed; the other "
      + "splits stay whole"
      + (absent.isEmpty ? "" : "; none is left of the label \(shown.joined(separator: ", "))")
  }
}
