internal import Files

/// How much of what a file holds is taken.
public enum RowAmount: Sendable, Hashable {
  /// So many.
  case count(Int)
  /// So many of a hundred.
  case percent(Double)

  /// Reads `1000` or `2.5%`; nil for anything else, and for nothing or more than all.
  public init?(_ text: String) {
    if text.hasSuffix("%") {
      let digits = text.dropLast()
      guard digits.utf8.allSatisfy({ (0x30...0x39).contains($0) || $0 == 0x2E }),
        let percent = Double(digits), percent > 0, percent <= 100
      else { return nil }
      self = .percent(percent)
    } else {
      guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let count = Int(text), count > 0
      else { return nil }
      self = .count(count)
    }
  }

  /// How many of `total` that is: rounded, one at least and no more than there are.
  public func count(of total: Int) -> Int {
    switch self {
    case .count(let count): min(count, total)
    case .percent(let percent):
      min(total, max(1, Int(exactly: (Double(total) * percent / 100).rounded()) ?? total))
    }
  }
}

extension RowAmount: CustomStringConvertible {
  /// As it is written.
  public var description: String {
    switch self {
    case .count(let count): "\(count)"
    case .percent(let percent):
      "\(Int(exactly: percent).map { "\($0)" } ?? "\(percent)")%"
    }
  }
}
