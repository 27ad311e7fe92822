internal import Text

extension RowColumns {
  /// What to know of columns that may be a text as well, by their names, and are not taken.
  var passedOver: [String] {
    let left = names.indices.filter {
      $0 != text && $0 != pair && UsualColumns.all.contains(RowLayout.plain(names[$0]))
    }
    guard !left.isEmpty else { return [] }
    return [
      "\(RowLayout.spoken(left.map { names[$0] })) may be a text too and is not read; --text-column and "
        + "--pair-column say otherwise"
    ]
  }
}
