/// The consecutive words of a ``RandomStream`` at one place and site.
public struct RandomSequence: RandomNumberGenerator, Sendable {
  private let stream: RandomStream
  private let place: UInt64
  private let site: UInt32
  private var block = SIMD4<UInt32>()
  private var nextIndex: UInt32 = 0
  private var used = 4

  init(stream: RandomStream, place: UInt64, site: UInt32) {
    self.stream = stream
    self.place = place
    self.site = site
  }

  /// The next 32 bits.
  public mutating func nextWord() -> UInt32 {
    if used == 4 {
      block = stream.block(place: place, site: site, index: nextIndex)
      nextIndex &+= 1
      used = 0
    }
    defer { used += 1 }
    return block[used]
  }

  /// The next 64 bits: two words, the lower first.
  public mutating func next() -> UInt64 {
    let low = UInt64(nextWord())
    return low | UInt64(nextWord()) << 32
  }

  /// A uniform number in [0, 1), a multiple of 2^-53.
  public mutating func uniform() -> Double {
    Double(next() >> 11) * 0x1p-53
  }

  /// A number of the standard normal distribution, by inversion of one uniform number.
  public mutating func normal() -> Double {
    // The middle of the uniform number's interval, so that 0 and 1 cannot occur.
    normalQuantile((Double(next() >> 12) + 0.5) * 0x1p-52)
  }

  /// A number in `0..<bound`, each equally likely (Lemire's method with rejection).
  ///
  /// - Precondition: `bound > 0`.
  public mutating func below(_ bound: Int) -> Int {
    precondition(bound > 0, "the bound of a random number must be positive")
    let width = UInt64(bound)
    var product = width.multipliedFullWidth(by: next())
    if product.low < width {
      let surplus = (0 &- width) % width
      while product.low < surplus { product = width.multipliedFullWidth(by: next()) }
    }
    return Int(product.high)
  }
}
