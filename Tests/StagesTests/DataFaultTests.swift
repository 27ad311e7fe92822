import Foundation
import TestSupport
import Testing

@Suite struct DataFaultTests {
  static let packed = [
    DataFault("gzip cut short", 65, #"rows\.tsv\.gz: is cut short: its gzip data ends at byte \d+"#)
    {
      let whole = Packed.gzip(Array(RowFiles.headed.utf8))
      return Command.dataset(
        $0, train: try RowFiles.write(Array(whole.dropLast(20)), $1, "rows.tsv.gz"))
    } cure: { words, folder in
      try RowFiles.write(Packed.gzip(Array(RowFiles.headed.utf8)), folder, "rows.tsv.gz")
      return words
    },
    DataFault("zstd cut short", 65, #"rows\.tsv\.zst: is cut short: .*copy the file again"#) {
      let whole = Packed.zstd(Array(RowFiles.headed.utf8))
      return Command.dataset(
        $0, train: try RowFiles.write(Array(whole.dropLast(3)), $1, "rows.tsv.zst"))
    } cure: { words, folder in
      try RowFiles.write(Packed.zstd(Array(RowFiles.headed.utf8)), folder, "rows.tsv.zst")
      return words
    },
    DataFault(
      "gzip with another checksum", 65, #"rows\.tsv\.gz: is damaged: .*incorrect data check"#
    ) {
      var bytes = Packed.gzip(Array(RowFiles.headed.utf8))
      bytes[bytes.count - 6] ^= 1
      return Command.dataset($0, train: try RowFiles.write(bytes, $1, "rows.tsv.gz"))
    } cure: { words, folder in
      try RowFiles.write(Packed.gzip(Array(RowFiles.headed.utf8)), folder, "rows.tsv.gz")
      return words
    },
    DataFault("something behind the packed bytes", 65, #"text\.txt\.zst: goes on at byte \d+ with"#)
    {
      let bytes = Packed.zstd(Array("a film\n".utf8)) + Array("<html>".utf8)
      return Command.corpus($0, text: try RowFiles.write(bytes, $1, "text.txt.zst"))
    } cure: { words, folder in
      try RowFiles.write(Packed.zstd(Array("a film\n".utf8)), folder, "text.txt.zst")
      return words
    },
    DataFault("a window beyond the limit", 65, #"text\.txt\.zst: .*beyond|further than 128 MiB"#) {
      let bytes: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD, 0x00, 20 << 3, 0x01, 0x00, 0x00]
      return Command.corpus($0, text: try RowFiles.write(bytes, $1, "text.txt.zst"))
    } cure: { words, folder in
      try RowFiles.write(Packed.zstd(Array("a film\n".utf8)), folder, "text.txt.zst")
      return words
    },
    DataFault("another packer", 65, #"rows\.tsv\.bz2: is packed in a way that is not read here"#) {
      Command.dataset($0, train: try RowFiles.write("BZh9", $1, "rows.tsv.bz2"))
    } cure: { words, folder in
      try RowFiles.write(Packed.gzip(Array(RowFiles.headed.utf8)), folder, "rows.tsv.gz")
      return words.with("--train", "rows.tsv.gz")
    },
    DataFault(
      "a packer's ending alone", 65, #"rows\.gz: the name does not end in .*rename the file"#
    ) {
      Command.dataset(
        $0, train: try RowFiles.write(Packed.gzip(Array(RowFiles.headed.utf8)), $1, "rows.gz"))
    } cure: { words, folder in
      try FileManager.default.moveItem(
        atPath: folder + "/rows.gz", toPath: folder + "/rows.tsv.gz")
      return words.with("--train", "rows.tsv.gz")
    },
    DataFault(
      "packed bytes that are no text", 65, "line 2: byte 16 of what was packed is not valid"
    ) {
      let bytes = Packed.gzip(Array("sentence\tlabel\na".utf8) + [0xFF, 0x09, 0x31, 0x0A])
      return Command.dataset($0, train: try RowFiles.write(bytes, $1, "rows.tsv.gz"))
    } cure: { words, folder in
      try RowFiles.write(Packed.gzip(Array(RowFiles.headed.utf8)), folder, "rows.tsv.gz")
      return words
    },
  ]

  private static func plain(_ world: FinishedWorld, _ folder: String) throws -> [String] {
    Command.dataset(world, train: try RowFiles.write(RowFiles.rows, folder, "rows.tsv"))
  }

  static let columns = [
    DataFault("too few names", 65, #"rows\.tsv:1: has 2 columns, --columns names 1; .* _ for one"#)
    {
      try plain($0, $1) + ["--columns", "sentence"]
    } cure: { words, _ in
      words.with("--columns", "sentence,label")
    },
    DataFault("a name given twice", 64, "--columns: 'label' is named twice; name a column that") {
      try plain($0, $1) + ["--columns", "label,label"]
    } cure: { words, _ in
      words.with("--columns", "sentence,label")
    },
    DataFault("an empty name", 64, "--columns: one name is empty; name every column, _ for") {
      try plain($0, $1) + ["--columns", "sentence,"]
    } cure: { words, _ in
      words.with("--columns", "sentence,label")
    },
    DataFault("no name at all", 64, "--columns: no column has a name; name those") {
      try plain($0, $1) + ["--columns", "_,_"]
    } cure: { words, _ in
      words.with("--columns", "sentence,label")
    },
    DataFault("columns of a text file", 64, "--columns: would do nothing beside files that end in")
    {
      Command.corpus($0, text: try RowFiles.write("a film\n", $1, "text.txt"))
        + ["--columns", "sentence"]
    } cure: { words, _ in
      words.with("--columns", nil)
    },
    DataFault("columns beside glue", 64, "--columns: given beside glue.*leave one of them out") {
      try plain($0, $1) + ["--columns", "sentence,label", "--glue", "sst-2"]
    } cure: { words, _ in
      words.with("--glue", nil)
    },
    DataFault("columns of a text file to predict", 64, "a txt has no columns; give --format tsv") {
      world, folder in
      [
        "predict", "--model", world.artifact("student"), "--input",
        try RowFiles.write("a film\tx\n", folder, "new.txt"), "--columns", "sentence,_",
      ]
    } cure: { words, _ in
      words + ["--format", "tsv"]
    },
    DataFault("a name given twice to predict", 64, "--columns: 'a' is named twice") {
      world, folder in
      [
        "predict", "--model", world.artifact("student"), "--input",
        try RowFiles.write("a film\tx\n", folder, "new.tsv"), "--columns", "a,a",
      ]
    } cure: { words, _ in
      words.with("--columns", "sentence,_")
    },
    DataFault("a format that is none", 64, #"--format: "xml" is not one of tsv, csv, jsonl, txt"#) {
      try plain($0, $1) + ["--columns", "sentence,label", "--format", "xml"]
    } cure: { words, _ in
      words.with("--format", "tsv")
    },
  ]

  static let amounts = ["0", "150%", "ten", "-1", "1e3"].map { text in
    DataFault(
      "a limit of \(text)", 64, "--limit: '\(text)' is neither .*write 1000 or 10%"
    ) {
      try plain($0, $1) + ["--columns", "sentence,label", "--limit=" + text]
    } cure: { words, _ in
      words.dropLast() + ["--limit", "50%"]
    }
  }

  static let folders = [
    DataFault("a folder of folders", 66, #"glue: has no train\.tsv, .*sst-2 has; give glue/SST-2"#)
    {
      world, folder in
      try RowFiles.write(RowFiles.headed, folder, "glue/SST-2/train.tsv")
      return Command.dataset(world, train: "glue") + ["--glue", "sst-2"]
    } cure: { words, _ in
      words.with("--train", "glue/SST-2")
    },
    DataFault(
      "a folder without the file", 66, #"rows: has no train\.tsv, .*holds it, or its files"#
    ) {
      world, folder in
      try RowFiles.write(RowFiles.headed, folder, "rows/training.tsv")
      return Command.dataset(world, train: "rows") + ["--glue", "sst-2"]
    } cure: { words, _ in
      words.with("--train", "rows/training.tsv")
    },
    DataFault("a folder and no task", 65, "rows: is a folder; give a file of rows") {
      world, folder in
      try RowFiles.write(RowFiles.headed, folder, "rows/train.tsv")
      return Command.dataset(world, train: "rows")
    } cure: { words, _ in
      words.with("--train", "rows/train.tsv")
    },
    DataFault("a file twice", 65, #"rows/train\.tsv\.gz: stands beside train\.tsv; move one"#) {
      world, folder in
      try RowFiles.write(RowFiles.headed, folder, "rows/train.tsv")
      try RowFiles.write(Packed.gzip(Array(RowFiles.headed.utf8)), folder, "rows/train.tsv.gz")
      return Command.dataset(world, train: "rows") + ["--glue", "sst-2"]
    } cure: { words, folder in
      try FileManager.default.removeItem(atPath: folder + "/rows/train.tsv")
      return words
    },
    DataFault("the folder of another task", 65, #"train\.tsv:1: is not the header of mnli"#) {
      world, folder in
      try RowFiles.write(RowFiles.headed, folder, "rows/train.tsv")
      return Command.dataset(world, train: "rows") + ["--glue", "mnli"]
    } cure: { words, _ in
      words.with("--glue", "sst-2")
    },
  ]

  static let texts = [
    DataFault("standard input without format", 64, "--train: .*no name .*; give --format tsv") {
      world, _ in
      Command.dataset(world, train: "-")
    } cure: { words, folder in
      words.with("--train", try RowFiles.write(RowFiles.headed, folder, "rows.tsv"))
        .with("--format", "tsv")
    },
    DataFault("standard input twice", 64, "--train: standard input is given twice; write one of") {
      world, _ in
      Command.dataset(world, train: "-", dev: "-") + ["--format", "tsv"]
    } cure: { words, folder in
      let name = try RowFiles.write(RowFiles.headed, folder, "rows.tsv")
      return words.with("--train", name).with("--dev", name)
    },
    DataFault("WikiText with columns", 65, #"rows\.tsv: is no text, .*leave --layout wikitext out"#)
    {
      Command.corpus($0, text: try RowFiles.write(RowFiles.headed, $1, "rows.tsv"))
        + ["--layout", "wikitext"]
    } cure: { words, _ in
      words.with("--layout", nil)
    },
    DataFault(
      "WikiText whose special tokens are text", 64,
      "--split-special-tokens: given beside layout wikitext.*leave one of them out"
    ) {
      Command.corpus($0, text: try RowFiles.write("a film\n", $1, "text.txt"))
        + ["--layout", "wikitext", "--split-special-tokens"]
    } cure: { words, _ in
      words.dropLast()
    },
    DataFault("WikiText of headings alone", 65, #"text\.txt: no text in it; give"#) {
      Command.corpus($0, text: try RowFiles.write(" = Title = \n \n", $1, "text.txt"))
        + ["--layout", "wikitext"]
    } cure: { words, folder in
      try RowFiles.write(" = Title = \n \n a film \n", folder, "text.txt")
      return words
    },
    DataFault("a share of nothing", 65, #"text\.txt: no text in it; give at least one"#) {
      Command.corpus($0, text: try RowFiles.write("\n\n", $1, "text.txt")) + ["--limit", "10%"]
    } cure: { words, folder in
      try RowFiles.write("a film\n", folder, "text.txt")
      return words
    },
  ]

  @Test(arguments: packed + columns + amounts + folders + texts)
  func `what cannot be read is one line with place and cure, and the cure works`(_ fault: DataFault)
    throws
  {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      let words = try fault.prepare(world, folder)
      let outcome = try Distill.run(words, in: folder, input: fault.input)
      #expect(outcome.status == fault.status, "\(outcome.errors)")
      let lines = outcome.errorLines.filter { !$0.hasPrefix("distill: note:") }
      #expect(lines.count == 1, "\(outcome.errors)")
      let line = lines.first ?? ""
      #expect(line.utf8.count <= 4096)
      #expect(try Regex(fault.pattern).firstMatch(in: line) != nil, "\(line)")
      #expect(outcome.output.isEmpty)
      try Distill.succeed(try fault.cure(words, folder), in: folder)
    }
  }
}
