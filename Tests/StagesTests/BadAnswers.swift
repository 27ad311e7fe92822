import Foundation
import TestSupport

/// Answers of a teacher that cannot be learnt from.
extension BadInputTests {
  /// `distill dataset` on lines of JSON, two labels in the first rows.
  private static func rows(
    _ name: String, _ status: Int32, _ pattern: String, _ lines: [String], _ more: [String] = []
  ) -> BadInput {
    BadInput(name, status, pattern) { world, folder in
      let labelled = [
        #"{"sentence": "so good", "label": "positive"}"#,
        #"{"sentence": "so bad", "label": "negative"}"#,
      ]
      try Disk.write(
        (labelled + lines).map { $0 + "\n" }.joined(), to: folder + "/rows.jsonl")
      return Command.dataset(world, train: "rows.jsonl") + more
    }
  }

  private static func prediction(_ world: FinishedWorld, _ dataset: String) -> [String] {
    [
      "prediction", "--student", world.artifact("intermediate_student"), "--dataset", dataset,
      "--output", "out/student.h5", "--max-steps", "1",
    ]
  }

  static let answers = [
    rows(
      "too few logits", 65,
      #"rows\.jsonl:3: 'logits' has 1 numbers, the labels are 2: negative, pos"#,
      [#"{"sentence": "fine", "logits": [1]}"#]),
    rows(
      "logits of an unknown label", 65, #"rows\.jsonl:3: 'logits' names 'neg', which is no label"#,
      [#"{"sentence": "fine", "logits": {"neg": 1, "positive": 2}}"#],
      ["--labels", "negative,positive"]),
    rows(
      "logits that lack a label", 65, #"rows\.jsonl:4: 'logits' lacks 'negative'"#,
      [
        #"{"sentence": "a", "logits": {"negative": 1, "positive": 2}}"#,
        #"{"sentence": "b", "logits": {"positive": 2}}"#,
      ]),
    rows(
      "a label that the answers do not name", 65,
      #"rows\.jsonl:1: 1 rows have unknown labels.*'good'"#,
      [#"{"sentence": "a", "logits": {"negative": 1, "good": 2}}"#]),
    rows(
      "a logit that is a text", 65,
      #"rows\.jsonl:3: 'logits' has a string in place 2; it must be a num"#,
      [#"{"sentence": "fine", "logits": [1, "2"]}"#]),
    rows(
      "a logit beyond single precision", 65, #"rows\.jsonl:3: 'logits' has 1e\+300, beyond single"#,
      [#"{"sentence": "fine", "logits": [1e300, 2]}"#]),
    rows(
      "logits in a text", 65, #"rows\.jsonl:3: 'logits' is a string; it must be a list of numbers"#,
      [#"{"sentence": "fine", "logits": "1 2"}"#]),
    rows(
      "no logits at all", 65, #"rows\.jsonl:3: 'logits' is empty; give a number for each label"#,
      [#"{"sentence": "fine", "logits": []}"#]),
    rows(
      "percentages", 65,
      #"rows\.jsonl:3: 'probabilities' has 30(\.0)?, expected 0 to 1; divide perc"#,
      [#"{"sentence": "fine", "probabilities": [30, 70]}"#]),
    rows(
      "a negative probability", 65, #"rows\.jsonl:3: 'probabilities' has -0\.1, expected 0 to 1"#,
      [#"{"sentence": "fine", "probabilities": [-0.1, 1]}"#]),
    rows(
      "probabilities that do not sum to 1", 65,
      #"'probabilities' sum to 0\.8, not to 1 \(within 0\.01"#,
      [#"{"sentence": "fine", "probabilities": {"negative": 0.3, "positive": 0.5}}"#]),
    rows(
      "answers of two kinds in a file", 65,
      #"rows\.jsonl:4: has 'logits', line 3 has 'probabilities'"#,
      [
        #"{"sentence": "a", "probabilities": [0.3, 0.7]}"#, #"{"sentence": "b", "logits": [0, 1]}"#,
      ]),
    rows(
      "what predict --json writes", 65,
      #"rows\.jsonl:3: 'label' stands beside 'logits' and 'probab"#,
      [#"{"sentence": "a", "label": "positive", "probabilities": [0, 1], "logits": [0, 9]}"#]),
    rows(
      "neither label nor answer", 65, #"rows\.jsonl:4: 1 of 4 rows have no label"#,
      [#"{"sentence": "a", "logits": [0, 1]}"#, #"{"sentence": "b"}"#]),
    rows(
      "a kind that no row has", 65,
      #"rows\.jsonl: no row has a teacher's answer under 'probabilities'"#,
      [#"{"sentence": "a", "label": "positive", "logits": [0, 1]}"#],
      ["--teacher-answers", "probabilities"]),
    rows(
      "a kind that the task does not take", 64,
      #"--teacher-answers: classification takes no score"#,
      [], ["--teacher-answers", "score"]),
    BadInput("lists and no label that names them", 65, #"give all classes with --labels"#) {
      world, folder in
      try Disk.write(
        #"{"sentence": "a", "logits": [0, 1]}"# + "\n", to: folder + "/rows.jsonl")
      return Command.dataset(world, train: "rows.jsonl")
    },
    BadInput(
      "a list that is none in a column", 65, #"rows\.csv:2: 'logits' is '\[0,1;'; it must be"#
    ) {
      world, folder in
      try Disk.write("sentence,label,logits\na,x,\"[0,1;\"\nb,y,\n", to: folder + "/rows.csv")
      return Command.dataset(world, train: "rows.csv")
    },
    BadInput(
      "one column of a row empty", 65, #"rows\.tsv:2: 'logits\.y' is ''; it must be a number"#
    ) {
      world, folder in
      try Disk.write(
        "sentence\tlabel\tlogits.x\tlogits.y\na\tx\t1\t\nb\ty\t1\t2\n", to: folder + "/rows.tsv")
      return Command.dataset(world, train: "rows.tsv")
    },
    BadInput(
      "a column and columns of one kind", 65, #"rows\.tsv:1: has the column 'logits' and 'log"#
    ) {
      world, folder in
      try Disk.write("sentence\tlogits\tlogits.y\na\t\t\n", to: folder + "/rows.tsv")
      return Command.dataset(world, train: "rows.tsv")
    },
    BadInput(
      "no teacher and no answers", 65, #"carry no teacher's answers, and there is no teacher"#
    ) {
      world, _ in prediction(world, world.artifact("rows"))
    },
    BadInput(
      "answers that are not there", 65, #"carry no teacher's answers; make it of rows that do"#
    ) {
      world, _ in
      prediction(world, world.artifact("rows")) + [
        "--teacher", world.artifact("teacher"), "--answers-from", "dataset",
      ]
    },
    BadInput("a teacher that is not there", 64, #"--teacher: missing for --answers-from teacher"#) {
      world, _ in prediction(world, world.artifact("rows")) + ["--answers-from", "teacher"]
    },
    BadInput("both phases without a teacher", 64, #"--teacher: missing \("#) { world, _ in
      [
        "task", "--student", world.artifact("general_student"), "--dataset", world.artifact("rows"),
        "--output", "out/student.h5",
      ]
    },
    BadInput("rows for learning that are no objects", 64, #"--logits needs --json"#) { world, _ in
      [
        "predict", "--model", world.artifact("student"), "--input", world.folder + "/text.txt",
        "--logits",
      ]
    },
  ]
}
