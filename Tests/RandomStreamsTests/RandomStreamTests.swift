import RandomStreams
import Testing

struct RandomStreamTests {
  /// Computed by an independent program: splitmix64 over the seed, the purpose's FNV-1a, the epoch.
  @Test func `the key is the same in every version and on every machine`() {
    let stream = RandomStream(seed: 42, purpose: "dropout", epoch: 3)
    #expect(stream.key == SIMD2(0x0ED7_6386, 0x3BEB_9050))
  }

  @Test func `seed, purpose and epoch each give another stream`() {
    let streams: Set = [
      RandomStream(seed: 1, purpose: "dropout"), RandomStream(seed: 2, purpose: "dropout"),
      RandomStream(seed: 1, purpose: "order"), RandomStream(seed: 1, purpose: "dropout", epoch: 1),
    ]
    #expect(Set(streams.map(\.key)).count == 4)
  }

  @Test func `a block is Philox of index, site and place`() {
    let stream = RandomStream(seed: 5, purpose: "x")
    let counter = SIMD4<UInt32>(7, 9, 0x89AB_CDEF, 0x0123_4567)
    #expect(
      stream.block(place: 0x0123_4567_89AB_CDEF, site: 9, index: 7)
        == Philox.block(counter: counter, key: stream.key))
  }

  /// The published FNV-1a test vectors.
  @Test func `a site's identifier is its FNV-1a hash`() {
    #expect(siteIdentifier("") == 0x811C_9DC5)
    #expect(siteIdentifier("a") == 0xE40C_292C)
    #expect(siteIdentifier("foobar") == 0xBF9C_F968)
  }
}
