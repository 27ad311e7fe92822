import Foundation
import HDF5
import TestSupport
import Testing

/// Lists in rows, whose numbers have no names: answers of a teacher, labels as 0 and 1.
@Suite struct ListAnswersTests {
  private func dataset(
    _ file: String, in folder: String, output: String = "d.h5", _ more: [String] = []
  ) throws -> Program.Outcome {
    try Distill.run(
      [
        "dataset", "--train", file, "--tokenizer", try FinishedWorld.shared().folder + "/encoder",
        "--output", output,
      ] + more, in: folder)
  }

  private func write(_ count: Int, isSwapped: Bool, _ folder: String, _ file: String) throws {
    let lines = (0..<count).map { row in
      let isFirst = (row % 2 == 0) == isSwapped
      return
        "{\"sentence\":\"good\",\"label\":\"\(row % 2 == 0 ? "pos" : "neg")\",\"probabilities\":"
        + (isFirst ? "[0.95,0.05]" : "[0.05,0.95]") + "}\n"
    }
    try Disk.write(lines.joined(), to: "\(folder)/\(file)")
  }

  @Test func `lists that contradict the labels are refused until their order is named`() throws {
    try withTemporaryFolder { folder in
      for count in [2, 8] {
        let file = "swapped-\(count).jsonl"
        try write(count, isSwapped: true, folder, file)
        let refused = try dataset(file, in: folder)
        #expect(refused.status == 65)
        #expect(
          refused.errors.contains(
            "\(file): the teacher's answers are lists, read in the order neg, pos, in which 0 of "
              + "\(count) agree with their row's label, and \(count) in the order pos, neg; give "
              + "--labels pos,neg, or --labels neg,pos if that is the order"), "\(refused.errors)")
      }
      let cured = try dataset(
        "swapped-8.jsonl", in: folder, output: "c.h5", ["--labels", "pos,neg"])
      #expect(cured.status == 0)
      #expect(!cured.errors.contains("read in the order"))
      let logits = try ArtifactReader(path: folder + "/c.h5").floats("train/teacher/logits")
      #expect(logits.first == Float(log(0.95)))
      let insisted = try dataset(
        "swapped-8.jsonl", in: folder, output: "e.h5", ["--labels", "neg,pos"])
      #expect(insisted.status == 0)
      #expect(insisted.errors.contains("in which 0 of 8 agree with their row's label"))
    }
  }

  @Test func `the cure writes a label with a comma as the option takes it`() throws {
    try withTemporaryFolder { folder in
      let lines = (0..<4).map { row in
        let isFirst = row % 2 == 0
        return
          "{\"sentence\":\"good\",\"label\":\"\(isFirst ? "x,y" : "z")\",\"probabilities\":"
          + (isFirst ? "[0.05,0.95]" : "[0.95,0.05]") + "}\n"
      }
      try Disk.write(lines.joined(), to: folder + "/commas.jsonl")
      let refused = try dataset("commas.jsonl", in: folder)
      #expect(refused.status == 65)
      #expect(
        refused.errors.contains(
          #"give --labels 'z,"x,y"', or --labels '"x,y",z' if that is the order"#),
        "\(refused.errors)")
      let cured = try dataset("commas.jsonl", in: folder, ["--labels", #"z,"x,y""#])
      #expect(cured.status == 0, "\(cured.errors)")
      // A row has one label here, whatever it holds.
      #expect(!cured.errors.contains("--label-separator"), "\(cured.errors)")
      try Disk.write("sentence\tlabel\ngood\tx,y\nbad\tz\n", to: folder + "/rows.tsv")
      let cut = try dataset("rows.tsv", in: folder, output: "e.h5", ["--labels", "x,y,z"])
      #expect(cut.status == 65 && cut.errors.contains(#"'"x,y",...'"#), "\(cut.errors)")
    }
  }

  @Test func `the order in which lists are read is told where nobody has named it`() throws {
    try withTemporaryFolder { folder in
      try write(8, isSwapped: false, folder, "right.jsonl")
      let made = try dataset("right.jsonl", in: folder)
      #expect(made.status == 0)
      #expect(
        made.errors.contains(
          "8 answers are lists, read in the order neg, pos; name the labels with --labels if theirs "
            + "is another"), "\(made.errors)")
    }
  }

  @Test func `labels as lists of 0 and 1 need the names of their places`() throws {
    try withTemporaryFolder { folder in
      try Disk.write(
        "{\"sentence\":\"good\",\"label\":[1.0,0.0,1.0]}\n{\"sentence\":\"bad\",\"label\":[0,0,1]}\n",
        to: folder + "/hot.jsonl")
      let task = ["--task", "multi-label"]
      let refused = try dataset("hot.jsonl", in: folder, task)
      #expect(refused.status == 65)
      #expect(refused.errors.contains("hot.jsonl:1: its labels are 3 numbers of 0 and 1"))
      let limited = try dataset("hot.jsonl", in: folder, task + ["--limit", "1"])
      #expect(limited.errors.contains("its labels are 3 numbers of 0 and 1"))
      let cured = try dataset("hot.jsonl", in: folder, task + ["--labels", "a,b,c"])
      try #require(cured.status == 0, "\(cured.errors)")
      try Disk.write("sentence\tlabel\ngood\ta,c\nbad\tc\n", to: folder + "/names.tsv")
      let names = try dataset(
        "names.tsv", in: folder, output: "n.h5", task + ["--labels", "a,b,c"])
      #expect(names.status == 0)
      #expect(try Disk.content(folder + "/d.h5") == Disk.content(folder + "/n.h5"))
    }
  }

  @Test func `a regression takes the one logit that transformers gives for its number`() throws {
    try withTemporaryFolder { folder in
      for (key, file) in [("\"logits\":[1.5]", "l.jsonl"), ("\"score\":1.5", "s.jsonl")] {
        try Disk.write(
          "{\"sentence\":\"good\",\"label\":1,\(key)}\n", to: "\(folder)/\(file)")
        let made = try dataset(file, in: folder, output: file + ".h5", ["--task", "regression"])
        #expect(made.status == 0, "\(made.errors)")
      }
      #expect(try Disk.content(folder + "/l.jsonl.h5") == Disk.content(folder + "/s.jsonl.h5"))
      try Disk.write("{\"sentence\":\"good\",\"logits\":[1,2]}\n", to: folder + "/two.jsonl")
      let two = try dataset("two.jsonl", in: folder, ["--task", "regression"])
      #expect(
        two.errors.contains("'logits' has 2 numbers, the labels are 1: score; give one number"))
    }
  }

  @Test func `rows for learning keep the labels of a file that holds them in dataset's other ways`()
    throws
  {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      try Disk.write("sentence,good,dull\nso good,1,0\nbad,0,1\n", to: folder + "/cols.csv")
      try Disk.write("sentence\tlabel\nso good\tgood\nbad\tdull\n", to: folder + "/one.tsv")
      try Disk.write("sentence\tlabel\nso good\tgood;dull\nbad\tdull\n", to: folder + "/semi.tsv")
      let multi = ["--task", "multi-label", "--labels", "good,dull"]
      #expect(try dataset("one.tsv", in: folder, multi).status == 0)
      try Distill.succeed(
        [
          "finetune", "--model", world.folder + "/encoder", "--dataset", "d.h5", "--output", "m.h5",
          "--max-steps", "1", "--precision", "fp32",
        ], in: folder)
      let predict = ["predict", "--json", "--logits", "--model"]
      func labels(_ more: [String]) throws -> [[String]?] {
        try Distill.succeed(predict + ["m.h5"] + more, in: folder).lines.map { line in
          let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
          return object?["label"] as? [String]
        }
      }
      #expect(
        try labels(["--input", "cols.csv", "--label-columns", "good,dull"])
          == [["good"], ["dull"]])
      #expect(
        try labels(["--input", "semi.tsv", "--label-separator", ";"])
          == [["good", "dull"], ["dull"]])
      let single = try Distill.run(
        predict + [world.artifact("student"), "--input", "semi.tsv", "--label-separator", ";"],
        in: folder)
      #expect(single.status == 64)
      #expect(single.errors.contains("rows of the task classification have one label"))
      let both = try Distill.run(
        predict + ["m.h5", "--input", "cols.csv", "--label-columns", "a", "--label-column", "b"],
        in: folder)
      #expect(both.status == 64)
      #expect(
        both.errors.contains("--label-columns are the labels")
          && both.errors.contains("leave --label-column out"))
    }
  }
}
