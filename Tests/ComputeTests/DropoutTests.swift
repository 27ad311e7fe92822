import CKernels
import Compute
import RandomStreams
import TestSupport
import Testing

@Suite struct DropoutTests {
  let context = ComputeContext(threads: 2)
  let stream = RandomStream(seed: 7, purpose: "dropout", epoch: 2)

  /// The word at an address, from the Swift generator.
  private func word(_ index: Int, place: UInt64, site: UInt32) -> UInt32 {
    stream.block(place: place, site: site, index: UInt32(index / 4))[index % 4]
  }

  @Test(arguments: [0, 1, 3, 62, 63, 1000], [1, 4, 63, 64, 65, 200])
  func `the kernel's random words are the stream's`(first: Int, count: Int) {
    let place: UInt64 = 0x1234_5678_9ABC_DEF0
    var words = [UInt32](repeating: 0, count: count)
    unsafe ck_random_words(
      count,
      ck_random_address(
        key: (stream.key.x, stream.key.y), site: 9, place: place, first_word: UInt64(first)),
      &words)
    #expect(words == (first..<first + count).map { word($0, place: place, site: 9) })
  }

  @Test(arguments: awkwardSizes + [26, 312], [Float(0), 0.1, 0.5])
  func `what is dropped and what is kept is decided by the stream`(
    columns: Int, probability: Float
  ) {
    let rows = 23
    let addresses = RowAddresses(
      places: (0..<rows).map { UInt64($0 / 5) << 33 }, positions: (0..<rows).map { UInt32($0 % 5) })
    let dropout = Dropout(probability: probability, stream: stream, site: 3, rows: addresses)
    let x = Matrix(rows, columns, 1, strided: true)
    let y = Matrix(rows, columns, 2, strided: true)
    context.applyDropout(x, dropout, into: y)
    let threshold = UInt32(Double(probability) * 0x1p32)
    for r in 0..<rows {
      for c in 0..<columns {
        let word = word(
          Int(addresses.positions[r]) * columns + c, place: addresses.places[r], site: 3)
        let expected = word < threshold ? 0 : x[r, c] * (1 / (1 - probability))
        #expect(y[r, c] == expected)
      }
    }
    context.applyDropout(x, dropout, into: x)
    #expect(x.values() == y.values())
  }

  @Test func `the share dropped is the probability`() {
    let ones = Matrix(rows: 100, columns: 1000)
    ones.fill(1)
    let dropout = Dropout(
      probability: 0.1, stream: stream, site: 1,
      rows: RowAddresses(
        places: (0..<100).map { UInt64($0) }, positions: .init(repeating: 0, count: 100)))
    context.applyDropout(ones, dropout, into: ones)
    let dropped = ones.values().count { $0 == 0 }
    // Four standard deviations of the binomial distribution.
    #expect(abs(Double(dropped) - 10_000) < 4 * (100_000 * 0.1 * 0.9).squareRoot())
  }
}
