/// A permutation of `0..<count` that is computed entry by entry and never stored.
///
/// A balanced Feistel network permutes the numbers of `2 * halfBits` bits, the next power of four;
/// its round functions are the words of a ``RandomStream``. A number that leaves `0..<count` is
/// encrypted again until it is back ("cycle walking"), which keeps the mapping one-to-one. Black and
/// Rogaway, "Ciphers with arbitrary finite domains", CT-RSA 2002. Fewer than four encryptions are
/// needed on average, except for the few places of a small `count`.
public struct RandomPermutation: Sendable {
  /// How many numbers are permuted.
  public let count: Int

  private let stream: RandomStream
  private let halfBits: Int

  /// Four rounds hide the structure from any test of few values; the others are margin for halves
  /// of few bits.
  private static let rounds: UInt32 = 8
  /// Halves of fewer bits mix badly: a round function of one bit is one of four.
  private static let minimumHalfBits = 4

  /// The permutation that `stream` draws; every place and site of the stream may be used up.
  ///
  /// - Precondition: `count` is in `0...2^62`.
  public init(count: Int, stream: RandomStream) {
    precondition((0...1 << 62).contains(count), "a permutation of \(count) numbers")
    self.count = count
    self.stream = stream
    let bits = Int.bitWidth - max(0, count - 1).leadingZeroBitCount
    halfBits = max(Self.minimumHalfBits, (bits + 1) / 2)
  }

  /// The number at `place`.
  ///
  /// - Precondition: `place` is in `0..<count`.
  public subscript(place: Int) -> Int {
    precondition((0..<count).contains(place), "place \(place) of \(count)")
    var number = UInt64(place)
    repeat { number = encrypt(number) } while number >= UInt64(count)
    return Int(number)
  }

  /// A bijection of the numbers of `2 * halfBits` bits: (left, right) -> (right, left ^ f(right)).
  private func encrypt(_ number: UInt64) -> UInt64 {
    let mask = (UInt64(1) << UInt64(halfBits)) - 1
    var left = number >> UInt64(halfBits)
    var right = number & mask
    for round in 0..<Self.rounds {
      let word = UInt64(stream.block(place: right, site: round, index: 0).x)
      (left, right) = (right, left ^ (word & mask))
    }
    return left << UInt64(halfBits) | right
  }
}
