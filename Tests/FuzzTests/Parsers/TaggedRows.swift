import Files
import Text

extension FuzzedParser {
  /// Sentences with tags, from their file to IOB2; the first byte of an input chooses format and labels.
  static let taggedRows = FuzzedParser(name: "tagged-rows") { bytes, scratch in
    guard let choice = bytes.first else { return }
    let format = choice & 1 == 0 ? RowFormat.conll : .jsonl
    let path = try scratch.write(Array(bytes.dropFirst()), to: "rows.\(format.rawValue)")
    var layout = RowLayout()
    layout.holdsWords = true
    let rows = try RowReader.rows(of: path, format: format, layout: layout)
    for row in rows {
      try FuzzFinding.unless(
        row.tags.isEmpty || row.tags.count == row.words.count, "tags and words of two lengths")
      if !row.words.isEmpty {
        // A mark at the beginning of a word makes one letter with the space before it.
        let cut = row.text.unicodeScalars.split(separator: " ", omittingEmptySubsequences: false)
        try FuzzFinding.unless(cut.count == row.words.count, "a text of other words")
      }
    }
    let named = choice & 4 == 0 ? nil : TagScheme.allCases[Int(choice) / 8 % 4]
    let labels = choice & 2 == 0 ? [] : ["O", "B-a", "I-a", "S-b"]
    let tagged = try TaggedRows([(path, rows)], scheme: named, labels: labels)
    for (row, written) in zip(rows, tagged.written(rows, path: path).rows) {
      guard tagged.scheme != nil else {
        try FuzzFinding.unless(written.tags.count == row.tags.count, "a word lost its class")
        continue
      }
      let tags = written.tags.compactMap { EntityTag($0) }
      let leftOut = written.tags.count { $0 == LabelledRow.ignoredTag }
      try FuzzFinding.unless(tags.count + leftOut == row.tags.count, "a word lost its tag")
      let again = TagScheme.iob2.tags(of: Entity.all(in: tags), words: tags.count)
      try FuzzFinding.unless(tags == again, "what is written is not IOB2")
    }
  }
}
