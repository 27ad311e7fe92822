/// A text whose Unicode scalars are counted, as Python counts characters; a stretch of it is found
/// without a walk through all that stands before.
public struct CountedText: Sendable {
  /// The text.
  public let text: String
  /// Its scalars.
  public let count: Int
  /// Where every 64th scalar begins.
  private let marks: [String.Index]
  private static let step = 64

  /// Counts a text.
  public init(_ text: String) {
    var marks: [String.Index] = []
    var count = 0
    for index in text.unicodeScalars.indices {
      if count % Self.step == 0 { marks.append(index) }
      count += 1
    }
    (self.text, self.count, self.marks) = (text, count, marks)
  }

  /// The scalars of a range.
  ///
  /// - Precondition: It lies within the text.
  public subscript(range: Range<Int>) -> Substring {
    precondition(range.lowerBound >= 0 && range.upperBound <= count, "\(range) of \(count)")
    return text[index(range.lowerBound)..<index(range.upperBound)]
  }

  private func index(_ place: Int) -> String.Index {
    guard place < count else { return text.endIndex }
    return text.unicodeScalars.index(
      marks[place / Self.step], offsetBy: place % Self.step)
  }

  /// Where another text stands in this one, next to a place; of two as far away, the first.
  ///
  /// - Returns: The scalar with which it begins; nil where it stands nowhere.
  func occurrence(of part: String, next to: Int) -> Int? {
    let (whole, part) = (Array(text.utf8), Array(part.utf8))
    guard let first = part.first, part.count <= whole.count else { return nil }
    var best: Int?
    var place = 0
    for start in whole.indices.dropLast(part.count - 1) where startsScalar(whole[start]) {
      if whole[start] == first, whole[start..<start + part.count].elementsEqual(part),
        best.map({ abs(place - to) < abs($0 - to) }) ?? true
      {
        best = place
      }
      place += 1
    }
    return best
  }
}

/// A text told from others by its bytes; Swift calls two spellings of an accented letter equal, whose
/// scalars are counted otherwise.
public struct ExactText: Sendable, Hashable {
  /// The text.
  public let text: String

  /// Wraps a text.
  public init(_ text: String) { self.text = text }

  /// Whether all bytes are the same.
  public static func == (left: ExactText, right: ExactText) -> Bool {
    left.text.utf8.elementsEqual(right.text.utf8)
  }

  /// Equal bytes are an equal string.
  public func hash(into hasher: inout Hasher) { text.hash(into: &hasher) }
}
