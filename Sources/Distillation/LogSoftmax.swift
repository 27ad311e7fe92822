import Foundation

/// log softmax(z / T) in double precision.
struct LogSoftmax {
  /// One a class.
  let values: [Double]

  init(_ logits: ArraySlice<Float>, _ temperature: Double = 1) {
    let scaled = logits.map { Double($0) / temperature }
    let sum = logarithmOfSum(scaled)
    values = scaled.map { $0 - sum }
  }

  /// The greatest probability.
  var confidence: Double { exp(values.max() ?? 0) }
}

/// log sum exp(x), without overflow.
func logarithmOfSum(_ x: [Double]) -> Double {
  let greatest = x.max() ?? 0
  return greatest + log(x.reduce(0) { $0 + exp($1 - greatest) })
}
