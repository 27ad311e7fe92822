/// What to do about attention heads where teacher and student have different numbers of them.
public enum HeadMismatch: String, Sendable, Codable, CaseIterable {
  /// Compare the mean of the scores over the heads.
  case mean
  /// Compare the sum of the scores over the heads.
  case sum

  /// Factor of each head's scores.
  func scale(heads: Int) -> Float {
    switch self {
    case .mean: 1 / Float(heads)
    case .sum: 1
    }
  }
}
