/// Philox4x32-10, a counter-based random number generator.
///
/// A block of 128 random bits is a pure function of a 128-bit counter and a 64-bit key, so any
/// number of a stream is computed without computing the ones before it. Salmon, Moraes, Dror and
/// Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
public enum Philox {
  /// Encrypts `counter` under `key` with ten rounds.
  public static func block(counter: SIMD4<UInt32>, key: SIMD2<UInt32>) -> SIMD4<UInt32> {
    var counter = counter
    var key = key
    for _ in 0..<10 {
      let first = counter.x.multipliedFullWidth(by: 0xD251_1F53)
      let second = counter.z.multipliedFullWidth(by: 0xCD9E_8D57)
      counter = SIMD4(
        second.high ^ counter.y ^ key.x, second.low, first.high ^ counter.w ^ key.y, first.low)
      key &+= SIMD2(0x9E37_79B9, 0xBB67_AE85)
    }
    return counter
  }
}
