internal import CKernels

/// How attention is cut: one tile per head and sequence, where all rows attend the longest first.
struct AttentionLayout {
  /// One head of one sequence, and where the rows that attend and their score block start.
  struct Place {
    let sequence: Int
    let head: Int
    /// The sequence's first row, all its rows, and how many of these are keys.
    let row: Int
    let rows: Int
    let length: Int
    /// The first row that attends, among those that do, and how many follow it.
    let query: Int
    let count: Int
    let scores: Int
  }

  let queries: Matrix
  let keysValues: Matrix
  let sequences: SequenceOffsets
  let attending: QueryRows?
  let heads: Int
  let channels: Int
  let width: Int
  let dropout: AttentionDropout?
  let rule: DropoutRule?
  let scale: Float
  /// Floats each thread needs: the dropout factors and the kernel's own.
  let scratch: Int

  init(
    queries: Matrix, keysValues: Matrix, sequences: SequenceOffsets, attending: QueryRows?,
    heads: Int, dropout: AttentionDropout?, precision: Precision
  ) {
    precondition(
      heads > 0 && queries.columns % heads == 0, "\(queries.columns) columns for \(heads) heads")
    precondition(
      keysValues.hasShape(rows: sequences.tokens, columns: 2 * queries.columns)
        && queries.rows == attending?.count ?? sequences.tokens,
      "\(sequences.tokens) tokens in \(keysValues.rows) rows, \(queries.rows) of which attend")
    precondition(
      dropout.map { $0.places.count == sequences.count } ?? true,
      "dropout places for \(sequences.count) sequences")
    self.queries = queries
    self.keysValues = keysValues
    self.sequences = sequences
    self.attending = attending
    self.heads = heads
    self.dropout = dropout
    channels = queries.columns
    width = channels / heads
    rule = dropout?.rule
    scale = 1 / Float(width).squareRoot()
    let length = sequences.longest
    let count = attending.map { $0.groups.map(\.count).max() ?? 0 } ?? length
    let ofKernel = precision == .fp32 ? ck_attention_scratch : ck_attention_scratch_bf16
    scratch =
      (dropout == nil ? 0 : Self.wholeLines(count * length)) + ofKernel(count, length, width)
  }

  var tiles: Int { (attending?.groups.count ?? sequences.count) * heads }

  func check(_ blocks: Operand, _ precision: Precision) {
    precondition(
      blocks.rows == 1 && blocks.precision == precision
        && blocks.columns == heads * (attending?.scoreCount ?? sequences.squaredTotal),
      "\(blocks.columns) numbers for the score blocks of \(heads) heads")
  }

  func place(of tile: Int) -> Place {
    let head = tile % heads
    if let group = attending?.groups[tile / heads] {
      let tokens = sequences.rows(of: group.sequence)
      return Place(
        sequence: group.sequence, head: head, row: tokens.lowerBound, rows: tokens.count,
        length: sequences.keys(of: group.sequence), query: group.start, count: group.count,
        scores: heads * group.block + head * group.count * sequences.keys(of: group.sequence))
    }
    let sequence = sequences.byLength[tile / heads]
    let tokens = sequences.rows(of: sequence)
    return Place(
      sequence: sequence, head: head, row: tokens.lowerBound, rows: tokens.count,
      length: sequences.keys(of: sequence), query: tokens.lowerBound, count: tokens.count,
      scores: heads * sequences.squared[sequence] + head * sequences.area(of: sequence))
  }

  func head(_ place: Place, factors: UnsafeMutablePointer<Float>?) -> ck_head {
    let column = place.head * width
    let keys = unsafe keysValues.row(place.row) + column
    return unsafe ck_head(
      queries: place.count, length: place.length, width: width,
      q: queries.row(place.query) + column, q_ld: queries.stride, k: keys, v: keys + channels,
      kv_ld: keysValues.stride, scale: scale, factors: factors)
  }

  /// Writes the dropout factors of a block, if there are any; what follows them is free.
  func writeFactors(
    _ place: Place, to factors: UnsafeMutablePointer<Float>
  ) -> UnsafeMutablePointer<Float> {
    guard let rule, let dropout else { return unsafe factors }
    let address = dropout.places[place.sequence]
    let (length, area) = (place.length, place.rows * place.length)
    if let attending {
      for index in 0..<place.count {
        let position = attending.positions[place.query + index]
        unsafe rule.writeFactors(
          place: address, firstWord: place.head * area + position * length, count: length,
          to: factors + index * length)
      }
    } else {
      unsafe rule.writeFactors(
        place: address, firstWord: place.head * area, count: area, to: factors)
    }
    return unsafe factors + Self.wholeLines(place.count * length)
  }

  /// Floats rounded up to a cache line.
  private static func wholeLines(_ floats: Int) -> Int { (floats + 15) / 16 * 16 }
}
