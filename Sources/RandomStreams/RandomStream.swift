/// A named, seeded source of random numbers that are addressed, never consumed.
///
/// What a run draws is keyed by what it is for, so nothing but the integers below has to be saved
/// to resume, and the order in which numbers are asked for does not matter.
public struct RandomStream: Sendable, Hashable {
  /// The Philox key.
  public let key: SIMD2<UInt32>

  /// Derives the key: splitmix64 over the seed, the FNV-1a hash of the purpose, and the epoch.
  ///
  /// - Parameters:
  ///   - seed: the user's seed.
  ///   - purpose: a stable name such as `dropout`; different purposes give unrelated streams.
  ///   - epoch: the epoch, where the stream is renewed with each.
  public init(seed: UInt64, purpose: String, epoch: UInt64 = 0) {
    var state = splitmix(seed)
    state = splitmix(state ^ fowlerNollVo64(purpose))
    state = splitmix(state ^ epoch)
    key = SIMD2(UInt32(truncatingIfNeeded: state), UInt32(truncatingIfNeeded: state >> 32))
  }

  /// The four words at an address.
  ///
  /// - Parameters:
  ///   - place: which example, say: its place in the epoch's order.
  ///   - site: which use within the model, from ``siteIdentifier(_:)``.
  ///   - index: which block of four words.
  /// - Returns: the four words.
  public func block(place: UInt64, site: UInt32, index: UInt32) -> SIMD4<UInt32> {
    let low = UInt32(truncatingIfNeeded: place)
    let high = UInt32(truncatingIfNeeded: place >> 32)
    return Philox.block(counter: SIMD4(index, site, low, high), key: key)
  }

  /// The numbers at one place and site, one after the other.
  public func sequence(place: UInt64 = 0, site: UInt32 = 0) -> RandomSequence {
    RandomSequence(stream: self, place: place, site: site)
  }
}

/// A stable number for the name of a place in the model that draws random numbers (FNV-1a, 32 bits).
public func siteIdentifier(_ name: String) -> UInt32 {
  name.utf8.reduce(0x811C_9DC5) { ($0 ^ UInt32($1)) &* 0x0100_0193 }
}

/// The 64-bit FNV-1a hash of a string's UTF-8.
private func fowlerNollVo64(_ text: String) -> UInt64 {
  text.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 }
}

/// One step of splitmix64 (Steele, Lea and Flood, OOPSLA 2014): a bijection that mixes all bits.
private func splitmix(_ value: UInt64) -> UInt64 {
  var mixed = value &+ 0x9E37_79B9_7F4A_7C15
  mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
  mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
  return mixed ^ (mixed >> 31)
}
