internal import CKernels
public import RandomStreams

/// Which example and which position within it each row of a packed batch is.
public struct RowAddresses: Sendable {
  /// Per row, the example's place in the epoch's order.
  public let places: [UInt64]
  /// Per row, the position within the example.
  public let positions: [UInt32]

  /// - Precondition: one place and one position per row.
  public init(places: [UInt64], positions: [UInt32]) {
    precondition(places.count == positions.count, "a place and a position for every row")
    self.places = places
    self.positions = positions
  }
}

/// Dropout of a `[rows, columns]` matrix, regenerated from its address wherever it is needed.
///
/// Srivastava, Hinton, Krizhevsky, Sutskever and Salakhutdinov 2014.
/// Element (r, c) is dropped when word `position_r * columns + c` of the stream's blocks at
/// `(place_r, site)` is below `probability * 2^32`; what stays is multiplied by
/// `1 / (1 - probability)`. A mask thus depends on the example, not on how a batch was cut.
public struct Dropout: Sendable {
  /// The share of elements dropped, in [0, 1).
  public let probability: Float
  /// Where the random words come from.
  public let stream: RandomStream
  /// The place in the model.
  public let site: UInt32
  /// The rows.
  public let rows: RowAddresses

  /// - Precondition: `probability` is in [0, 1).
  public init(probability: Float, stream: RandomStream, site: UInt32, rows: RowAddresses) {
    precondition(probability >= 0 && probability < 1, "dropout probability \(probability)")
    self.probability = probability
    self.stream = stream
    self.site = site
    self.rows = rows
  }
}

/// Dropout of attention probabilities: word `(head * length + query) * length + key` of the blocks
/// at `(places[sequence], site)`.
public struct AttentionDropout: Sendable {
  /// The share of probabilities dropped, in [0, 1).
  public let probability: Float
  /// Where the random words come from.
  public let stream: RandomStream
  /// The place in the model.
  public let site: UInt32
  /// Per sequence, the example's place in the epoch's order.
  public let places: [UInt64]

  /// - Precondition: `probability` is in [0, 1).
  public init(probability: Float, stream: RandomStream, site: UInt32, places: [UInt64]) {
    precondition(probability >= 0 && probability < 1, "dropout probability \(probability)")
    self.probability = probability
    self.stream = stream
    self.site = site
    self.places = places
  }
}

/// The test a random word is put to, and what is done to the elements that pass.
struct DropoutRule {
  let threshold: UInt32
  let kept: Float
  let stream: RandomStream
  let site: UInt32

  init(probability: Float, stream: RandomStream, site: UInt32) {
    threshold = UInt32(Double(probability) * 0x1p32)
    kept = 1 / (1 - probability)
    self.stream = stream
    self.site = site
  }

  /// Writes the factors 0 or `kept` of `count` elements, the first of which has word `firstWord`.
  func writeFactors(
    place: UInt64, firstWord: Int, count: Int, to factors: UnsafeMutablePointer<Float>
  ) {
    let address = ck_random_address(
      key: (stream.key.x, stream.key.y), site: site, place: place, first_word: UInt64(firstWord))
    unsafe ck_dropout_factors(count, address, threshold, kept, factors)
  }
}

extension Dropout {
  var rule: DropoutRule { DropoutRule(probability: probability, stream: stream, site: site) }
}

extension AttentionDropout {
  var rule: DropoutRule { DropoutRule(probability: probability, stream: stream, site: site) }
}

extension ComputeContext {
  /// y = dropout(x), which is its own backward pass; `y` may be `x`; `operand` receives y for the
  /// products that read it.
  public func applyDropout(
    _ x: Matrix, _ dropout: Dropout, into y: Matrix, operand: Operand? = nil
  ) {
    precondition(operand?.hasShape(of: y) ?? true, "an operand of another shape")
    precondition(x.hasShape(of: y), "dropout between matrices of different shapes")
    precondition(dropout.rows.places.count == x.rows, "dropout addresses for \(x.rows) rows")
    reserveScratch(x.columns)
    let columns = x.columns
    let size = rowsPerTile(columns)
    parallel((x.rows + size - 1) / size) { tile, thread in
      for row in tile * size..<min(x.rows, (tile + 1) * size) {
        let factors = unsafe dropoutFactors(dropout, row: row, columns: columns, thread: thread)
        unsafe ck_multiply(columns, x.row(row), factors, y.row(row))
        if case .bf16(let halves)? = operand {
          unsafe ck_to_bf16(columns, y.row(row), halves.row(row))
        }
      }
    }
  }

  /// The factors of a row of a dropped matrix in the thread's scratch memory, which must hold
  /// `columns` floats; nil where nothing is dropped.
  func dropoutFactors(
    _ dropout: Dropout?, row: Int, columns: Int, thread: Int
  ) -> UnsafeMutablePointer<Float>? {
    guard let dropout else { return nil }
    let factors = unsafe scratch(of: thread)
    unsafe dropout.rule.writeFactors(
      place: dropout.rows.places[row], firstWord: Int(dropout.rows.positions[row]) * columns,
      count: columns, to: factors)
    return unsafe factors
  }

  /// Rows of one tile of row-wise work.
  func rowsPerTile(_ columns: Int) -> Int { max(1, Self.blockSize / max(1, columns)) }
}
