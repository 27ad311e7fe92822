/// What a reader of rows saw that may not be what was meant, counted.
struct RowRemarks {
  /// How often something was seen, and where first.
  struct Tally {
    private(set) var count = 0
    private(set) var firstLine = 0

    mutating func add(line: Int) {
      if count == 0 { firstLine = line }
      count += 1
    }
  }

  /// Rows with a field that looks quoted, where marks are ordinary characters.
  var quoted = Tally()
  /// Lines of a text file that hold a tab.
  var tabs = Tally()
  /// Rows without text.
  var empty = Tally()

  /// A line for each.
  func sentences(about path: String) -> [String] {
    var sentences: [String] = []
    func say(_ tally: Tally, _ one: String, _ many: String, _ advice: String) {
      guard tally.count > 0 else { return }
      sentences.append(
        "\(path):\(tally.firstLine): \(tally.count == 1 ? "1 \(one)" : "\(tally.count) \(many)")"
          + "\(tally.count == 1 ? "" : " (the first here)"); \(advice)")
    }
    say(
      quoted, "row stands in quotation marks as in CSV, and they are taken as text",
      "rows stand in quotation marks as in CSV, and they are taken as text",
      "give --quoting csv to take them off, --quoting none if they are meant")
    say(
      tabs, "line holds a tab: the whole line is one text", "lines hold a tab: a line is one text",
      "columns need a header and a name that ends in .tsv (or predict --format tsv)")
    say(empty, "row has an empty text", "rows have an empty text", "it counts as a row")
    return sentences
  }
}
