public import Compute

/// The tokens of one example, special tokens included.
public struct TokenSequence: Sendable, Equatable {
  /// Vocabulary indices.
  public var ids: [Int32]
  /// The segment of each token: 0, or 1 in the second of a pair.
  public var types: [Int32]

  /// Makes a sequence; without `types` everything belongs to the first segment.
  public init(ids: [Int32], types: [Int32]? = nil) {
    self.ids = ids
    self.types = types ?? [Int32](repeating: 0, count: ids.count)
  }

  /// Makes a sequence whose tokens from a place on belong to the second segment; its length means none do.
  public init(ids: [Int32], secondSegmentStart: Int) {
    self.init(ids: ids, types: ids.indices.map { $0 < secondSegmentStart ? 0 : 1 })
  }
}

/// What sequences are made longer with, where a batch is to hold padding.
///
/// Padding is rows like others: of the first segment, at the positions that follow. They attend, and
/// nobody attends to them.
public struct SequencePadding: Sendable, Equatable {
  /// Rows of a sequence, if it has no more.
  public let length: Int
  /// The vocabulary index of padding.
  public let token: Int32

  /// Padding with this token to this length.
  public init(to length: Int, token: Int32) {
    precondition(length > 0, "sequences of length \(length)")
    self.length = length
    self.token = token
  }

  /// The rows of a sequence.
  public func rows(of length: Int) -> Int { max(length, self.length) }
}

/// Sequences laid end to end: N rows, one per token, and nothing for padding unless that is asked for.
public struct PackedBatch: Sendable {
  /// Vocabulary index of each row, `[N]`.
  public let tokenIds: [Int32]
  /// Segment of each row, `[N]`.
  public let tokenTypes: [Int32]
  /// Place of each row within its sequence, from 0, `[N]`.
  public let positions: [Int32]
  /// Where each sequence starts.
  public let sequences: SequenceOffsets
  /// Each sequence's place in the epoch's order; with the position it addresses dropout masks, so
  /// masks do not depend on how a step was cut into batches.
  public let places: [UInt64]
  /// With what sequences were made longer, if they were.
  public let padding: SequencePadding?
  /// Rows whose logits are wanted; read by heads that answer for single tokens.
  public var predictionRows: [Int32] = []
  /// What of the first layer need be computed once only, where most rows repeat others; evaluation
  /// alone reads it.
  public var distinct: DistinctRows?

  /// The address of every row's random numbers.
  let rowAddresses: RowAddresses
  /// The address of every sequence's random numbers.
  let sequenceAddresses: RowAddresses
  /// First row of each sequence.
  let firstRows: [Int32]

  /// Number of rows, N.
  public var tokens: Int { tokenIds.count }
  /// Number of sequences, B.
  public var count: Int { places.count }

  /// Packs sequences of at least one token; there is one place for each.
  public init(
    _ sequences: [TokenSequence], places: [UInt64], padding: SequencePadding? = nil
  ) {
    precondition(
      sequences.count == places.count,
      "\(sequences.count) sequences have \(places.count) places, expected one each")
    precondition(!sequences.isEmpty, "a batch needs at least one sequence")
    let rows = { (length: Int) in padding?.rows(of: length) ?? length }
    let total = sequences.reduce(0) { $0 + rows($1.ids.count) }
    var ids: [Int32] = []
    var types: [Int32] = []
    var positions: [Int32] = []
    var rowPlaces: [UInt64] = []
    ids.reserveCapacity(total)
    types.reserveCapacity(total)
    positions.reserveCapacity(total)
    rowPlaces.reserveCapacity(total)
    for (sequence, place) in zip(sequences, places) {
      let length = sequence.ids.count
      precondition(
        length > 0 && length == sequence.types.count,
        "a sequence has \(length) ids and \(sequence.types.count) types, expected as many, not 0")
      ids += sequence.ids
      types += sequence.types
      if let padding {
        ids += repeatElement(padding.token, count: rows(length) - length)
        types += repeatElement(0, count: rows(length) - length)
      }
      positions += 0..<Int32(rows(length))
      rowPlaces += repeatElement(place, count: rows(length))
    }
    let lengths = sequences.map(\.ids.count)
    let offsets = SequenceOffsets(
      lengths: lengths.map(rows), keys: padding == nil ? nil : lengths)
    self.padding = padding
    tokenIds = ids
    tokenTypes = types
    self.positions = positions
    self.sequences = offsets
    self.places = places
    rowAddresses = RowAddresses(places: rowPlaces, positions: positions.map { UInt32($0) })
    sequenceAddresses = RowAddresses(
      places: places, positions: [UInt32](repeating: 0, count: places.count))
    firstRows = offsets.starts.dropLast().map { Int32($0) }
  }
}
