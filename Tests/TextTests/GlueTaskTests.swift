import TestSupport
import Testing
import Text

struct GlueTaskTests {
  /// The first line of each published test file, and a row below it.
  private static let testFiles: [(GlueTask, String, LabelledRow)] = [
    (.cola, "index\tsentence\n0\tA.\n", LabelledRow(text: "A.", id: "0", line: 2)),
    (.sst2, "index\tsentence\n7\tA .\n", LabelledRow(text: "A .", id: "7", line: 2)),
    (
      .mrpc, "index\t#1 ID\t#2 ID\t#1 String\t#2 String\n0\t11\t12\tA \"x\tB\n",
      LabelledRow(text: "A \"x", pair: "B", id: "0", line: 2)
    ),
    (
      .stsb,
      "index\tgenre\tfilename\tyear\told_index\tsource1\tsource2\tsentence1\tsentence2\n"
        + "3\tg\tf\ty\to\ts\ts\tA\tB\n", LabelledRow(text: "A", pair: "B", id: "3", line: 2)
    ),
    (
      .qqp, "id\tquestion1\tquestion2\n5\tA?\tB?\n",
      LabelledRow(text: "A?", pair: "B?", id: "5", line: 2)
    ),
    (
      .mnli,
      "index\tpromptID\tpairID\tgenre\ts1b\ts2b\ts1p\ts2p\tsentence1\tsentence2\n"
        + "0\t1\t1n\tg\tb\tb\tp\tp\tA\tB\n", LabelledRow(text: "A", pair: "B", id: "0", line: 2)
    ),
    (
      .mnli, "index\tsentence1\tsentence2\n9\tA\tB\n",
      LabelledRow(text: "A", pair: "B", id: "9", line: 2)
    ),
    (
      .qnli, "index\tquestion\tsentence\n0\tQ?\tS.\n",
      LabelledRow(text: "Q?", pair: "S.", id: "0", line: 2)
    ),
    (
      .rte, "index\tsentence1\tsentence2\n0\tA\tB\n",
      LabelledRow(text: "A", pair: "B", id: "0", line: 2)
    ),
    (
      .wnli, "index\tsentence1\tsentence2\n0\tA\tB\n",
      LabelledRow(text: "A", pair: "B", id: "0", line: 2)
    ),
  ]

  @Test func `test files of all nine tasks are known by their header: an index and no label`()
    throws
  {
    #expect(Set(Self.testFiles.map(\.0)) == Set(GlueTask.allCases))
    try withTemporaryFolder { folder in
      for (task, text, row) in Self.testFiles {
        let path = try write(text, folder, "test.tsv")
        #expect(try RowReader.rows(of: path, layout: RowLayout(glue: task)) == [row], "\(task)")
      }
    }
  }

  @Test func `a first line that is no header of the task is refused, not passed over`() throws {
    try withTemporaryFolder { folder in
      let path = try write("a fine film\t1\na poor one\t0\n", folder, "x.tsv")
      for task in GlueTask.allCases where task.layout.hasHeader {
        let error = #expect(throws: TextError.self) {
          try RowReader(path, layout: RowLayout(glue: task))
        }
        #expect(
          error?.description.hasPrefix("\(path):1: is not the header of \(task.rawValue) (")
            == true,
          "\(task)")
      }
      let cure = try RowReader(
        try write("sentence\tlabel\na fine film\t1\n", folder, "y.tsv"),
        layout: RowLayout(glue: .sst2))
      #expect(try cure.next()?.text == "a fine film")
    }
  }

  @Test func `a CSV in the layout of a task has CSV's quotation marks`() throws {
    let csv =
      "\"id\",\"qid1\",\"qid2\",\"question1\",\"question2\",\"is_duplicate\"\n"
      + "\"1\",\"2\",\"3\",\"a\",\"b, c\",\"0\"\n"
    try withTemporaryFolder { folder in
      let rows = try RowReader.rows(
        of: try write(csv, folder, "x.csv"), layout: RowLayout(glue: .qqp))
      #expect(rows == [LabelledRow(text: "a", pair: "b, c", label: "0", id: "1", line: 2)])
      let tsv = try write(csv.replacing("\",\"", with: "\"\t\""), folder, "x.tsv")
      let told = message { _ = try RowReader(tsv, layout: RowLayout(glue: .qqp)) }
      #expect(
        told == "\(tsv):1: the column \"id\" is named in quotation marks, as in CSV; give "
          + "--quoting csv")
      #expect(
        try RowReader.rows(of: tsv, layout: RowLayout(glue: .qqp, quoting: .csv)).map(\.pair)
          == ["b, c"])
    }
  }

  @Test func `quotation marks of a benchmark's files are text and no remark`() throws {
    try withTemporaryFolder { folder in
      let reader = try RowReader(
        try write("sentence\tlabel\n\"a\"\t1\n", folder, "x.tsv"), layout: RowLayout(glue: .sst2))
      #expect(try reader.next()?.text == "\"a\"")
      #expect(reader.remarks.isEmpty)
    }
  }
}
