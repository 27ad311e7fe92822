import Files
import Tasks
import Text

extension FuzzedParser {
  private static func severalLabels(_ labels: SeveralLabels) -> RowLayout {
    var layout = RowLayout()
    layout.severalLabels = labels
    return layout
  }

  /// Files of rows; the first byte of an input chooses how they are read.
  static let rows = RowFormat.allCases.map { format in
    FuzzedParser(name: "rows-\(format.rawValue)") { bytes, scratch in
      guard let choice = bytes.first else { return }
      let isListed = format == .jsonl && choice & 32 != 0
      let path = try scratch.write(
        Array(bytes.dropFirst()), to: "rows.\(isListed ? "json" : format.rawValue)")
      var named = RowLayout()
      named.columnNames = ["sentence", "_", "label"]
      let layouts = [
        RowLayout(), RowLayout(text: "text", pair: "other", label: "class"),
        RowLayout(hasHeader: false, text: .place(0), label: .last), GlueTask.mnli.layout,
      ]
      let several = [
        severalLabels(.separated(by: ",")), severalLabels(.columns(["label", "b"])),
      ]
      var layout =
        switch choice & 0xF0 {
        case 0xF0: named
        case 0x70: several[Int(choice % 2)]
        default: layouts[Int(choice) % layouts.count]
        }
      if choice & 8 != 0 { layout.answers = ClassificationTask().answerKinds }
      try attempt(in: scratch) {
        let glimpse = try RowGlimpse(path, limit: 3)
        try FuzzFinding.unless(
          glimpse.rows.count <= 3
            && glimpse.rows.allSatisfy { format == .conll || glimpse.columns.count <= $0.count },
          "a row that is not looked at, or has no place for a column")
      }
      let reader = try RowReader(
        path, layout: layout, skipsMalformedRows: choice & 4 != 0)
      var line = 0
      while let row = try reader.next() {
        try FuzzFinding.unless(row.line > line, "rows out of order")
        line = row.line
        try attempt(in: scratch) { try answer(of: row, path) }
      }
      let wikiText = choice & 8 != 0 && format == .txt ? WikiText(unknownToken: "[UNK]") : nil
      let limit = choice & 16 != 0 ? 3 : Int.max
      let sentences = try SentenceReader(path, layout: layout, wikiText: wikiText, limit: limit)
      var count = 0
      while let batch = try sentences.next() {
        try FuzzFinding.unless(
          batch.documentEnds.allSatisfy { (0...batch.sentences.count).contains($0) },
          "a document ends beyond its batch")
        count += batch.sentences.count
      }
      try FuzzFinding.unless(count <= limit, "more sentences than the limit")
    }
  }

  /// Packed text: whatever the bytes are, in the name of each packer.
  static let packed = ["gz", "zst"].map { ending in
    FuzzedParser(name: "packed-\(ending)") { bytes, scratch in
      let path = try scratch.write(bytes, to: "rows.txt.\(ending)")
      let reader = try RowReader(path)
      // Some bytes may stand for lines without end.
      var line = 0
      while line < 100_000, let row = try reader.next() {
        try FuzzFinding.unless(row.line > line, "rows out of order")
        line = row.line
      }
    }
  }

  /// Brings a teacher's answer into the order of labels.
  private static func answer(of row: LabelledRow, _ path: String) throws {
    let task = ClassificationTask()
    let names = row.teacher?.names ?? []
    let labels = try names.count > 1 ? task.labels(named: [], of: [row], path: path) : ["a", "b"]
    var answers = TeacherAnswers(task, labels: labels, path: path)
    let logits = try answers.logits(of: row)
    try FuzzFinding.unless(
      row.teacher == nil ? logits.isEmpty : logits.count == labels.count, "logits of other labels")
    try FuzzFinding.unless(logits.allSatisfy(\.isFinite), "logits that are not finite")
  }
}

extension FuzzedParser {
  /// Files of questions; the first byte of an input chooses how they are read.
  static let questions = [
    FuzzedParser(name: "questions") { bytes, scratch in
      guard let choice = bytes.first else { return }
      let path = try scratch.write(
        Array(bytes.dropFirst()), to: "questions." + (choice & 1 == 0 ? "json" : "jsonl"))
      let reader = try SquadReader(
        path, readsAnswers: choice & 4 == 0, skipsMalformedRows: choice & 2 != 0)
      var line = 0
      while let row = try reader.next() {
        try FuzzFinding.unless(row.line > line, "rows out of order")
        line = row.line
        guard case .spans(let spans) = row.answer else { continue }
        let context = CountedText(row.pair ?? "")
        for span in spans {
          try FuzzFinding.unless(
            span.range.upperBound <= context.count
              && context[span.range].utf8.elementsEqual(span.text.utf8),
            "an answer that does not stand where it is said to")
        }
      }
      for remark in reader.remarks {
        try FuzzFinding.unless(
          remark.contains(scratch.path) && printable(remark) == remark, "a remark: \(remark)")
      }
    }
  ]
}
