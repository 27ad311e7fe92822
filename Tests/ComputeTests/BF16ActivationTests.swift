import CKernels
import Compute
import Foundation
import Testing

/// GELU from fp32 into bf16: at most the rounding to 8 bits, and the shorter exponential's share.
@Suite(.enabled(if: ComputeContext.obstacleToBF16 == nil))
struct BF16ActivationTests {
  /// Around zero, in both tails, and far out.
  static let points: [Float] =
    (-400...400).map { Float($0) / 50 } + [-1e30, -60, -14, 14, 60, 1e30, 1e-20, -1e-20]

  private func value(_ half: UInt16) -> Double {
    Double(Float(bitPattern: UInt32(half) << 16))
  }

  private func isClose(_ half: UInt16, _ expected: Double) -> Bool {
    // Half a step of 8 bits, and 1e-4 of x (1 - Phi(x)), which is at most 0.17.
    abs(value(half) - expected) <= 0x1.02p-8 * abs(expected) + 2e-5
  }

  @Test func `GELU is the error function's to the last bit of bf16, its tail relatively so`() {
    let count = Self.points.count
    let bias = [Float](repeating: 0.25, count: count)
    var sums = [UInt16](repeating: 0, count: count)
    var results = sums
    unsafe ck_gelu_bf16(count, Self.points.map { $0 - 0.25 }, bias, &sums, &results)
    for (index, point) in Self.points.enumerated() {
      let x = Double((point - 0.25) + 0.25)
      let expected = x * 0.5 * erfc(-x / 2.0.squareRoot())
      #expect(isClose(results[index], expected), "gelu(\(x)) = \(value(results[index]))")
      if x < 0 && x > -5 {
        #expect(abs(value(results[index]) / expected - 1) < 0.006, "the tail at \(x)")
      }
      #expect(abs(value(sums[index]) - x) <= 0x1p-8 * abs(x), "the sum \(x)")
    }
  }

  @Test func `the derivative is the error function's`() {
    let count = Self.points.count
    var halves = [UInt16](repeating: 0, count: count)
    var results = halves
    unsafe ck_to_bf16(count, Self.points, &halves)
    unsafe ck_gelu_backward_bf16(count, [Float](repeating: 1, count: count), halves, &results)
    for index in 0..<count {
      let x = value(halves[index])
      let density = exp(-x * x / 2) / (2 * Double.pi).squareRoot()
      let expected = 0.5 * erfc(-x / 2.0.squareRoot()) + x * density
      #expect(
        abs(value(results[index]) - expected) <= 0x1.02p-8 * abs(expected) + 5e-5,
        "gelu'(\(x)) = \(value(results[index]))")
    }
  }

  @Test(arguments: 1...33) func `nothing is written past the end`(count: Int) {
    var (sums, results) = ([UInt16](repeating: 7, count: 48), [UInt16](repeating: 7, count: 48))
    let ones = [Float](repeating: 1, count: 48)
    unsafe ck_gelu_bf16(count, ones, ones, &sums, &results)
    #expect(results[count...].allSatisfy { $0 == 7 } && sums[count...].allSatisfy { $0 == 7 })
    #expect(results[..<count].allSatisfy { abs(value($0) - 1.9545) < 0.008 })
    unsafe ck_gelu_backward_bf16(count, ones, sums, &results)
    #expect(results[count...].allSatisfy { $0 == 7 })
  }
}

/// The functions that have no kernel of their own between fp32 and bf16: the common one, rounded.
@Suite struct RoundedActivationTests {
  @Test func `GELU by tanh and SiLU into bf16 are those of fp32 to the last bit of bf16`() {
    let points = BF16ActivationTests.points.filter { abs($0) < 1e9 }
    let count = points.count
    var halves = [UInt16](repeating: 0, count: count)
    unsafe ck_to_bf16(count, points, &halves)
    let rounded = halves.map { Float(bitPattern: UInt32($0) << 16) }
    let x = Matrix(rows: 1, columns: count, values: rounded)
    let (y, slope) = (Matrix(rows: 1, columns: count), Matrix(rows: 1, columns: count))
    let context = ComputeContext(threads: 1)
    let ones = [Float](repeating: 1, count: count)
    let dy = Matrix(rows: 1, columns: count, values: ones)
    for isSiLU in [false, true] {
      var (sums, results, slopes) = (halves, halves, halves)
      unsafe sums.withUnsafeMutableBufferPointer { sums in
        unsafe results.withUnsafeMutableBufferPointer { results in
          unsafe slopes.withUnsafeMutableBufferPointer { slopes in
            unsafe halves.withUnsafeBufferPointer { halves in
              let sum = unsafe ck_target(floats: nil, halves: sums.baseAddress)
              let made = unsafe ck_target(floats: nil, halves: results.baseAddress)
              let source = unsafe ck_source(floats: nil, halves: halves.baseAddress)
              let gradient = unsafe ck_target(floats: nil, halves: slopes.baseAddress)
              if isSiLU {
                unsafe ck_silu(count, rounded, nil, sum, made)
                unsafe ck_silu_backward(count, ones, source, gradient)
              } else {
                unsafe ck_gelu_tanh(count, rounded, nil, sum, made)
                unsafe ck_gelu_tanh_backward(count, ones, source, gradient)
              }
            }
          }
        }
      }
      if isSiLU {
        context.apply(.silu, to: x, into: y)
        context.applyBackward(.silu, dy, at: x, into: slope)
      } else {
        context.apply(.geluTanh, to: x, into: y)
        context.applyBackward(.geluTanh, dy, at: x, into: slope)
      }
      #expect(sums == halves)
      for (made, expected) in [(results, y.values()), (slopes, slope.values())] {
        for (half, value) in zip(made, expected) {
          let got = Float(bitPattern: UInt32(half) << 16)
          #expect(abs(got - value) <= 0x1p-8 * abs(value), "\(got), not \(value)")
        }
      }
    }
  }
}
