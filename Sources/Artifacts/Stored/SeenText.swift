/// What of positions and segments the texts have that a model learnt from.
public struct SeenText: Codable, Sendable, Hashable {
  /// Tokens of the longest.
  public var longestSequence: Int
  /// Whether some had a second segment.
  public var hasSecondSegments: Bool

  /// Such texts.
  public init(longestSequence: Int, hasSecondSegments: Bool) {
    self.longestSequence = longestSequence
    self.hasSecondSegments = hasSecondSegments
  }

  /// What one model saw that learnt from these texts and from others.
  public func united(with other: SeenText?) -> SeenText {
    SeenText(
      longestSequence: max(longestSequence, other?.longestSequence ?? 0),
      hasSecondSegments: hasSecondSegments || other?.hasSecondSegments == true)
  }

  enum CodingKeys: String, CodingKey {
    case longestSequence = "longest_sequence"
    case hasSecondSegments = "second_segments"
  }

  /// What the user should know where a model is to learn from rows that use more than that, in one line.
  ///
  /// - Parameters:
  ///   - model: The model's place.
  ///   - longest: Tokens of the longest row; nil where that is not known.
  ///   - hasPairs: Whether rows have a second segment.
  /// - Returns: The line; nil where there is nothing new in the rows.
  public func remark(of model: String, rowsUpTo longest: Int?, hasPairs: Bool) -> String? {
    let isLonger = (longest ?? 0) > longestSequence
    let isOther = hasPairs && !hasSecondSegments
    guard isLonger || isOther else { return nil }
    let lacks =
      (isOther ? ["no second segments"] : [])
      + (isLonger ? ["no sequence of more than \(longestSequence.grouped) tokens"] : [])
    let rows =
      [hasPairs ? "pairs" : nil, longest.map { "up to \($0.grouped) tokens" }].compactMap(\.self)
    return
      "\(model): its general distillation saw \(lacks.joined(separator: " and ")), the rows have "
      + rows.joined(separator: " of ")
      + "; what it lacks it learns from the rows alone: for a better student distil it on a corpus of "
      + "`distill corpus --mode mixed"
      + (isLonger ? " --max-seq-length \(longest ?? 0)" : "") + "`"
  }
}
