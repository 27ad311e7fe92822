import Files
import Text

extension FuzzedParser {
  /// Files of rows; the first byte of an input chooses how they are read.
  static let rows = RowFormat.allCases.map { format in
    FuzzedParser(name: "rows-\(format.rawValue)") { bytes, scratch in
      guard let choice = bytes.first else { return }
      let path = try scratch.write(Array(bytes.dropFirst()), to: "rows.\(format.rawValue)")
      let layouts = [
        RowLayout(), RowLayout(text: "text", pair: "other", label: "class"),
        RowLayout(hasHeader: false, text: .place(0), label: .last), GlueTask.mnli.layout,
      ]
      let layout = layouts[Int(choice) % layouts.count]
      let reader = try RowReader(
        path, layout: layout, skipsMalformedRows: choice & 4 != 0)
      var line = 0
      while let row = try reader.next() {
        try FuzzFinding.unless(row.line > line, "rows out of order")
        line = row.line
      }
      let sentences = try SentenceReader(path, layout: layout)
      while let batch = try sentences.next() {
        try FuzzFinding.unless(
          batch.documentEnds.allSatisfy { (0...batch.sentences.count).contains($0) },
          "a document ends beyond its batch")
      }
    }
  }
}
