import Compute

/// The class of a token that a model is asked for and nobody knows: a teacher's answer is learnt there.
public let unknownLabel: Int32 = -1

/// What an example is to be answered with: what a loss compares the model's output with.
public enum Target: Sendable, Equatable {
  /// Nothing that is known.
  case none
  /// One class, such as a sentiment.
  case label(Int32)
  /// Any number of classes, ascending; an empty list says that none of them applies.
  case labels([Int32])
  /// A number, such as a similarity; never NaN.
  case number(Float)
  /// A class for every token of the sequence, `ignoredLabel` where none is asked for and
  /// `unknownLabel` where one is asked for that is not known.
  case tokenLabels([Int32])
  /// The first and the last token of an answer, counted from the start of the sequence.
  case span(first: Int32, last: Int32)
  /// Numbers, such as what a teacher answered; at least one.
  case vector([Float])

  /// What is wrong with it for a sequence of `length` tokens and a model of `outputs` columns of
  /// logits; `nil` where nothing is.
  func fault(length: Int, outputs: Int) -> String? {
    switch self {
    case .none, .number: return nil
    case .label(let label): return Self.fault(labels: [label], outputs: outputs)
    case .labels(let labels): return Self.fault(labels: labels, outputs: outputs)
    case .tokenLabels(let labels):
      return labels.count == length
        ? Self.fault(
          labels: labels.filter { $0 != ignoredLabel && $0 != unknownLabel }, outputs: outputs)
        : "\(labels.count) labels for \(length) tokens"
    case .span(let first, let last):
      return 0 <= first && first <= last && last < length
        ? nil : "an answer from token \(first) to \(last) of \(length)"
    case .vector(let numbers):
      return outputs > 0 && numbers.count % outputs == 0
        ? nil : "an answer of \(numbers.count) numbers, but the model gives \(outputs)"
    }
  }

  private static func fault(labels: [Int32], outputs: Int) -> String? {
    labels.first { $0 < 0 || $0 >= outputs }
      .map { "label \($0), but the model has \(outputs) labels" }
  }
}
