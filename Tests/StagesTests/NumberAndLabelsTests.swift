import Foundation
import TestSupport
import Testing
import Transformer

/// Regression and multi-label from rows to an exported folder, as a user does it.
@Suite struct NumberAndLabelsTests {
  /// Rows of the small world whose number, or labels, a few words decide.
  private static func rows(_ count: Int, seed: UInt64) -> [(text: String, good: Int)] {
    var numbers = ArbitraryNumbers(seed)
    return (0..<count).map { row in
      var words = ["the", SmallWorld.things[numbers.below(SmallWorld.things.count)], "is"]
      let good = row % 3
      for place in 0..<2 {
        let list = place < good ? SmallWorld.good : SmallWorld.bad
        words.append(list[numbers.below(list.count)])
      }
      return (words.joined(separator: " ") + " .", good)
    }
  }

  /// Writes `train`, `dev` of numbers 0, 2.5, 5.
  private static func writeNumbers(to folder: String) throws {
    for (name, count) in [("train", 96), ("dev", 30)] {
      let lines = rows(count, seed: UInt64(count)).map { "\($0.text)\t\(Double($0.good) * 2.5)\n" }
      try Disk.write("sentence\tlabel\n" + lines.joined(), to: "\(folder)/\(name).tsv")
    }
  }

  /// Writes `train` with labels in one column and `dev` with a column a label.
  private static func writeSets(to folder: String) throws {
    let train = rows(96, seed: 96).map { row in
      let labels = (row.good > 0 ? ["\"praise\""] : []) + (row.good < 2 ? ["\"blame\""] : [])
      return #"{"sentence": "\#(row.text)", "label": [\#(labels.joined(separator: ", "))]}"# + "\n"
    }
    try Disk.write(train.joined(), to: folder + "/train.jsonl")
    let dev = rows(30, seed: 30).map { row in
      row.text + "\t" + (row.good > 0 ? "praise" : "") + (row.good == 1 ? "," : "")
        + (row.good < 2 ? "blame" : "") + "\n"
    }
    try Disk.write("sentence\tlabel\n" + dev.joined(), to: folder + "/dev.tsv")
  }

  private func dataset(_ task: String, _ train: String, in folder: String, _ more: [String] = [])
    throws -> Program.Outcome
  {
    try Distill.succeed(
      [
        "dataset", "--task", task, "--train", train, "--dev", "dev.tsv", "--tokenizer", "encoder",
        "--max-seq-length", "24", "--output", "rows.h5",
      ] + more, in: folder)
  }

  private let training = ["--num-train-epochs", "40", "--learning-rate", "2e-3"]

  /// Teacher, student, export; the student's metrics on the development rows.
  private func distil(in folder: String, _ more: [String] = []) throws -> [String: Double] {
    let rows = ["--dataset", "rows.h5"]
    try Distill.succeed(
      ["finetune", "--model", "encoder", "--output", "teacher.h5"] + rows + training
        + ["--per-device-train-batch-size", "16", "--load-best-model-at-end"], in: folder)
    try Distill.succeed(
      [
        "task", "--teacher", "teacher.h5", "--student", "encoder", "--output", "student.h5",
        "--intermediate-num-train-epochs", "4", "--prediction-num-train-epochs", "40",
        "--learning-rate", "2e-3", "--per-device-train-batch-size", "16",
      ] + rows + more, in: folder)
    try Distill.succeed(["export", "--model", "student.h5", "--output", "exported"], in: folder)
    let told = try Distill.object(
      [
        "evaluate", "--teacher", "teacher.h5", "--models", "student.h5", "--models", "exported",
        "--json",
      ] + rows, in: folder)
    return try #require(told["evaluate"] as? [String: Double])
  }

  /// What transformers makes of the exported folder, and what `predict` says of it.
  private func logits(in folder: String) throws -> (theirs: [[Double]], labels: [String]) {
    let lines = Self.rows(9, seed: 5).map { #"{"sentence1": "\#($0.text)"}"# + "\n" }
    try Disk.write(lines.joined(), to: folder + "/some.jsonl")
    struct Answer: Decodable {
      struct Row: Decodable { let logits: [Double] }
      let faults: [String]
      let labels: [String]
      let rows: [Row]
    }
    let answer = try JSONDecoder().decode(
      Answer.self,
      from: Data(
        try PythonOracle.run(
          "classify_rows.py", [folder + "/exported", folder + "/some.jsonl"]
        ).utf8))
    #expect(answer.faults.isEmpty, "\(answer.faults)")
    return (answer.rows.map(\.logits), answer.labels)
  }

  private func predicted(_ model: String, in folder: String) throws -> [[String: Any]] {
    try Distill.succeed(
      ["predict", "--model", model, "--input", "some.jsonl", "--json"], in: folder
    ).lines.map {
      try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
    }
  }

  @Test(.enabled(if: PythonOracle.isAvailable))
  func `a number is learnt, distilled, exported and loaded back`() throws {
    try withTemporaryFolder { folder in
      try SmallWorld.writeEncoder(to: folder + "/encoder")
      try Self.writeNumbers(to: folder)
      _ = try dataset("regression", "train.tsv", in: folder)
      let metrics = try distil(in: folder)
      for model in ["teacher", "student", "exported"] {
        #expect(try #require(metrics["\(model).dev_pearson"]) > 0.8, "\(metrics)")
        #expect(metrics["\(model).dev_spearmanr"] != nil && metrics["\(model).dev_mse"] != nil)
      }
      #expect(try #require(metrics["student.dev_agreement_pearson"]) > 0.8)
      #expect(metrics["student.dev_pearson"] == metrics["exported.dev_pearson"])
      let config = try Disk.text(folder + "/exported/config.json")
      #expect(config.contains(#""problem_type":"regression""#))
      #expect(config.contains(#""id2label":{"0":"score"}"#))
      let (theirs, labels) = try logits(in: folder)
      #expect(labels == ["score"])
      for model in ["student.h5", "exported"] {
        let ours = try predicted(model, in: folder).map { try #require($0["score"] as? Double) }
        let comparison = Comparison(
          ours, theirs.map { $0[0] }, within: Tolerance(absolute: 1e-4, relative: 0))
        #expect(comparison.isClose && ours.count == 9, "\(comparison)")
      }
      let plain = try Distill.succeed(
        ["predict", "--model", "exported", "--input", "some.jsonl"], in: folder)
      #expect(plain.lines.allSatisfy { Double($0) != nil })
      let refused = try Distill.run(
        ["predict", "--model", "exported", "--input", "some.jsonl", "--show", "probabilities"],
        in: folder)
      #expect(refused.status == 64 && refused.errors.contains("leave probabilities out"))
      // Rows without numbers are refused, until it is said that they have none; then they serve.
      try Disk.write("sentence\nthe film is good\nthe cast is bad\n", to: folder + "/bare.tsv")
      let bare = [
        "dataset", "--task", "regression", "--train", "bare.tsv", "--tokenizer", "encoder",
        "--max-seq-length", "24", "--output", "bare.h5",
      ]
      let unnamed = try Distill.run(bare, in: folder)
      #expect(unnamed.status == 65 && unnamed.errors.contains("give --labels score if the rows"))
      try Distill.succeed(bare + ["--labels", "score"], in: folder)
      try Distill.succeed(
        [
          "prediction", "--teacher", "exported", "--student", "encoder", "--dataset", "bare.h5",
          "--output", "bare-student.h5", "--max-steps", "2",
        ], in: folder)
      // As a teacher the exported folder is as good as the artifact; trained on, it keeps its head.
      let further = try Distill.succeed(
        [
          "finetune", "--model", "exported", "--dataset", "rows.h5", "--output", "more.h5",
          "--max-steps", "1",
        ], in: folder)
      #expect(!further.errors.contains("drawn afresh"))
      let table = try Distill.succeed(
        ["evaluate", "--models", "exported", "--teacher", "teacher.h5", "--dataset", "rows.h5"],
        in: folder)
      #expect(
        table.output.contains("to teacher")
          && !table.output.replacing("95 %", with: "").contains("%"))
    }
  }

  @Test(.enabled(if: PythonOracle.isAvailable))
  func `several labels are learnt, distilled, exported and loaded back`() throws {
    try withTemporaryFolder { folder in
      try SmallWorld.writeEncoder(to: folder + "/encoder")
      try Self.writeSets(to: folder)
      let made = try dataset("multi-label", "train.jsonl", in: folder)
      #expect(!made.errors.contains("no label applies"))
      let metrics = try distil(in: folder, ["--temperature", "2", "--t2"])
      for model in ["teacher", "student", "exported"] {
        #expect(try #require(metrics["\(model).dev_f1_micro"]) > 0.85, "\(metrics)")
        for name in ["f1_macro", "f1_samples", "accuracy"] {
          #expect(metrics["\(model).dev_\(name)"] != nil)
        }
      }
      #expect(metrics["student.dev_agreement"] != nil)
      let config = try Disk.text(folder + "/exported/config.json")
      #expect(config.contains(#""problem_type":"multi_label_classification""#))
      // A folder that leaves open what its logits mean may be for this, by the names of its labels.
      try Disk.write(
        config.replacing(#","problem_type":"multi_label_classification""#, with: ""),
        to: folder + "/exported/config.json")
      let open = try Distill.object(
        ["evaluate", "--models", "exported", "--dataset", "rows.h5", "--json"], in: folder)
      let same = try #require(open["evaluate"] as? [String: Double])
      #expect(same["exported.dev_f1_micro"] == metrics["exported.dev_f1_micro"])
      try Disk.write(config, to: folder + "/exported/config.json")
      let (theirs, labels) = try logits(in: folder)
      #expect(labels == ["blame", "praise"])
      for model in ["student.h5", "exported"] {
        let ours = try predicted(model, in: folder)
        let numbers = try ours.flatMap { try #require($0["logits"] as? [Double]) }
        let comparison = Comparison(
          numbers, theirs.flatMap { $0 }, within: Tolerance(absolute: 1e-4, relative: 0))
        #expect(comparison.isClose, "\(comparison)")
        for (answer, logits) in zip(ours, theirs) {
          let names = zip(labels, logits).filter { $1 >= 0 }.map(\.0)
          #expect(answer["labels"] as? [String] == names)
        }
      }
      let all = try Distill.succeed(
        ["predict", "--model", "exported", "--input", "some.jsonl", "--threshold", "0"], in: folder)
      #expect(all.lines.allSatisfy { $0 == "blame,praise" })
      let eager = try Distill.object(
        [
          "evaluate", "--models", "exported", "--dataset", "rows.h5", "--threshold", "0", "--json",
        ], in: folder)
      let scores = try #require(eager["evaluate"] as? [String: Double])
      // Both labels for every row: hits are the 40 of 30 rows that apply.
      #expect(abs((scores["exported.dev_f1_micro"] ?? 0) - 0.8) < 1e-12)
    }
  }

  @Test func `a model of another task is refused by its name before any work, with the cure`()
    throws
  {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      try SmallWorld.writeEncoder(to: folder + "/encoder")
      try Self.writeNumbers(to: folder)
      _ = try dataset("regression", "train.tsv", in: folder)
      let teacher = world.artifact("teacher")
      let commands = [
        ["evaluate", "--models", teacher, "--dataset", "rows.h5"],
        [
          "prediction", "--teacher", teacher, "--student", "encoder", "--dataset", "rows.h5",
          "--output", "p.h5",
        ],
        [
          "intermediate", "--teacher", teacher, "--student", "encoder", "--dataset", "rows.h5",
          "--output", "i.h5",
        ],
      ]
      for command in commands {
        let outcome = try Distill.run(command, in: folder)
        #expect(outcome.status == 65, "\(command)")
        #expect(
          outcome.errors.contains(
            "\(teacher): its logits are for classification, the dataset is for regression; use a "
              + "model of regression, or make the dataset again with --task classification"),
          "\(outcome.errors)")
      }
      let given: [([String], String)] = [
        (
          ["--metric-for-best-model", "f1"], "`f1` is not measured here; name one of pearson, spear"
        ),
        (["--threshold", "0.3"], "threshold: the task regression answers without one; leave the"),
        (
          ["--objective", "multi-label"],
          "--objective: the dataset is for regression, not for multi"
        ),
      ]
      for (options, message) in given {
        let outcome = try Distill.run(
          ["finetune", "--model", "encoder", "--dataset", "rows.h5", "--output", "f.h5"] + options,
          in: folder)
        #expect(outcome.status != 0 && outcome.errors.contains(message), "\(outcome.errors)")
      }
      // The cure: the rows once more, as classes.
      let again = try Distill.run(
        [
          "dataset", "--task", "classification", "--train", "train.tsv", "--tokenizer", "encoder",
          "--output", "classes.h5", "--labels", "0.0,2.5,5.0",
        ], in: folder)
      #expect(again.status == 0, "\(again.errors)")
    }
  }

  @Test func `options of several labels are for that task alone`() throws {
    try withTemporaryFolder { folder in
      try SmallWorld.writeEncoder(to: folder + "/encoder")
      try Self.writeNumbers(to: folder)
      let refusals: [([String], String)] = [
        (
          ["--label-columns", "a,b"],
          "--label-columns: rows of the task classification have one label"
        ),
        (
          ["--task", "regression", "--label-separator", ";"],
          "--label-separator: rows of the task regression have one label; leave it out, or give "
            + "--task multi-label"
        ),
        (
          ["--task", "multi-label", "--label-columns", "a,b", "--labels", "a"],
          "--labels: given beside --label-columns, which are the labels; leave one of them out"
        ),
        (
          ["--task", "multi-label", "--label-separator", ""], "--label-separator: it is empty; name"
        ),
        (
          ["--task", "multi-label", "--glue", "sts-b"],
          "--task: the rows of sts-b are for regression, not for multi-label; leave task out"
        ),
        (
          ["--task", "regression", "--glue", "cola"],
          "--task: the rows of cola are for classification, not for regression; leave task out"
        ),
      ]
      for (options, message) in refusals {
        let outcome = try Distill.run(
          ["dataset", "--train", "train.tsv", "--tokenizer", "encoder", "--output", "r.h5"]
            + options, in: folder)
        #expect(outcome.status == 64 && outcome.errors.contains(message), "\(outcome.errors)")
      }
    }
  }

  @Test func `what may not be meant of several labels is told`() throws {
    try withTemporaryFolder { folder in
      try SmallWorld.writeEncoder(to: folder + "/encoder")
      try Disk.write(
        "sentence\tlabel\ngood\ta|b\nbad\t\nwarm\ta\nfine\tb\n", to: folder + "/train.tsv")
      let command = [
        "dataset", "--task", "multi-label", "--train", "train.tsv", "--tokenizer", "encoder",
        "--max-seq-length", "24", "--output", "rows.h5",
      ]
      let told = try Distill.succeed(command, in: folder).errors
      #expect(told.contains("train.tsv: of 1 of 4 rows no label applies"))
      #expect(
        told.contains("'a|b' may be several: --label-separator says what stands between them"))
      let cured = try Distill.succeed(command + ["--label-separator", "|"], in: folder).errors
      #expect(!cured.contains("may be several"))
      try Disk.write("sentence\tlabel\ngood\ta,a,b\n", to: folder + "/train.tsv")
      let twice = try Distill.succeed(command, in: folder).errors
      #expect(twice.contains("1 rows name a label twice: once is enough"))
    }
  }

  @Test func `a column called score is the label, or a teacher's answer where that is said`() throws
  {
    try withTemporaryFolder { folder in
      try SmallWorld.writeEncoder(to: folder + "/encoder")
      try Disk.write(
        "sentence1,sentence2,score\ngood film,warm film,4.5\nbad film,warm film,1\n",
        to: folder + "/train.csv")
      let command = [
        "dataset", "--task", "regression", "--train", "train.csv", "--tokenizer", "encoder",
        "--max-seq-length", "24", "--output", "rows.h5", "--overwrite",
      ]
      let gold = try Distill.succeed(command, in: folder).errors
      #expect(gold.contains("train.csv:1: 'score' is the label, for there is no"))
      #expect(!gold.contains("no label") && !gold.contains("teacher's answer (score)"))
      // What the note names.
      let taught = try Distill.succeed(command + ["--teacher-answers", "score"], in: folder).errors
      #expect(taught.contains("2 of 2 rows have a teacher's answer (score)"))
      #expect(!taught.contains("is the label, for there is no"))
      let vectors = command.map { $0 == "regression" ? "sentence-embedding" : $0 }
      let pairs = try Distill.succeed(vectors, in: folder).errors
      #expect(pairs.contains("if it is not, name another with --label-column"))
    }
  }

  @Test func `the scores of STS-B are read from its published layout`() throws {
    try withTemporaryFolder { folder in
      try SmallWorld.writeEncoder(to: folder + "/encoder")
      let header = "index\tgenre\tfilename\tyear\told_index\tsource1\tsource2\tsentence1\tsentence2"
      let row = "0\tmain\tMSR\t2012\t1\tnone\tnone\tgood film\twarm film"
      try Disk.write(
        "\(header)\tscore\n\(row)\t5.000\n\(row)\t1.25\n", to: folder + "/train.tsv")
      try Disk.write("\(header)\n\(row)\n", to: folder + "/test.tsv")
      let told = try Distill.succeed(
        [
          "dataset", "--glue", "sts-b", "--train", "train.tsv", "--test", "test.tsv",
          "--tokenizer", "encoder", "--max-seq-length", "24", "--output", "rows.h5",
        ], in: folder
      ).errors
      #expect(told.contains("test.tsv: 1 of 1 rows have no label"))
      let shown = try Distill.object(["inspect", "rows.h5", "--json"], in: folder)
      let configuration = try #require(shown["configuration"] as? [String: Any])
      #expect(configuration["task"] as? String == "regression")
      #expect(configuration["labels"] as? [String] == ["score"])
      #expect(configuration["has_pairs"] as? Bool == true)
      try SmallWorld.writeEncoder(
        to: folder + "/pair", head: .classification(labels: 1, style: .hf), labels: ["LABEL_0"])
      let submission = try Distill.succeed(
        ["predict", "--model", "pair", "--glue", "sts-b", "--input", "test.tsv", "--submission"],
        in: folder)
      #expect(submission.lines.count == 2 && submission.lines[0] == "index\tprediction")
      #expect(Double(submission.lines[1].dropFirst(2)) != nil)
      try SmallWorld.writeEncoder(
        to: folder + "/classes", head: .classification(labels: 2, style: .hf), labels: ["0", "1"])
      let refused = try Distill.run(
        [
          "predict", "--model", "classes", "--glue", "sts-b", "--input", "test.tsv", "--submission",
        ],
        in: folder)
      #expect(
        refused.status == 65
          && refused.errors.contains(
            "is a model of classification, the answers of sts-b are numbers")
      )
    }
  }
}
