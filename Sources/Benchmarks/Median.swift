extension Array where Element: Comparable {
  /// Place of the middle element in size, the lower of two; `nil` of none.
  var medianIndex: Int? {
    guard !isEmpty else { return nil }
    return indices.sorted { self[$0] < self[$1] }[(count - 1) / 2]
  }

  /// The middle element in size, the lower of two; `nil` of none.
  var median: Element? { medianIndex.map { self[$0] } }
}
