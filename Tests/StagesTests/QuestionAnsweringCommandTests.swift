import Files
import Foundation
import HDF5
import TestSupport
import Testing
import Transformer

/// Questions about texts through every stage, small enough for seconds: what is asked for is the one
/// good word of a text.
struct QuestionWorld {
  let folder: String
  /// The longest windows and how they overlap: a text has one to four of them.
  static let windows = ["--max-seq-length", "24", "--doc-stride", "8"]

  /// The one of this process, distilled once.
  static func shared() throws -> QuestionWorld { try made.get() }

  private static let made = Result { try QuestionWorld() }
  private static let place =
    FileManager.default.temporaryDirectory.path + "/distill-questions-\(getpid())"

  private init() throws {
    folder = Self.place
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    atexit { try? FileManager.default.removeItem(atPath: QuestionWorld.place) }
    try SmallWorld.writeEncoder(to: folder + "/encoder")
    var numbers = ArbitraryNumbers(31)
    for (split, count) in [("train", 40), ("dev", 12)] {
      try Disk.write(try Self.document(count, &numbers), to: "\(folder)/\(split).json")
    }
    let training = ["--learning-rate", "5e-3", "--per-device-train-batch-size", "16"]
    for command in [
      ["dataset", "--task", "question-answering", "--train", "train.json", "--dev", "dev.json"]
        + ["--tokenizer", "encoder", "--output", "rows.h5"] + Self.windows,
      ["finetune", "--model", "encoder", "--dataset", "rows.h5", "--output", "teacher.h5"]
        + ["--num-train-epochs", "8", "--metric-for-best-model", "f1"]
        + ["--load-best-model-at-end"] + training,
      ["task", "--teacher", "teacher.h5", "--student", "encoder", "--dataset", "rows.h5"]
        + ["--output", "student.h5", "--intermediate-num-train-epochs", "2"]
        + ["--prediction-num-train-epochs", "6", "--alpha", "0.3", "--temperature", "2"] + training,
      ["export", "--model", "student.h5", "--output", "student"],
    ] {
      try Distill.succeed(command, in: folder)
    }
  }

  /// Paragraphs with two questions each, of which every fifth has no answer.
  static func document(_ paragraphs: Int, _ numbers: inout ArbitraryNumbers) throws -> String {
    var list: [JSONValue] = []
    for paragraph in 0..<paragraphs {
      var words = (0..<(8 + numbers.below(40))).map { _ in
        (SmallWorld.things + SmallWorld.rest)[numbers.below(19)]
      }
      let place = numbers.below(words.count)
      let answer = SmallWorld.good[numbers.below(SmallWorld.good.count)]
      let hasAnswer = paragraph % 5 != 4
      if hasAnswer { words[place] = answer }
      let before = words[..<place].reduce(0) { $0 + $1.count + 1 }
      let answers: [JSONValue] =
        hasAnswer
        ? [.object(JSONObject([("text", .string(answer)), ("answer_start", .integer(before))]))]
        : []
      let questions = (0..<2).map { number in
        JSONValue.object(
          JSONObject([
            ("id", .string("\(paragraph)-\(number)")),
            ("question", .string(["  what was it ?", "we like x ?"][number])),
            ("is_impossible", .boolean(!hasAnswer)), ("answers", .array(answers)),
          ]))
      }
      list.append(
        .object(
          JSONObject([
            ("context", .string(words.joined(separator: " "))), ("qas", .array(questions)),
          ])))
    }
    let data = JSONValue.array([.object(JSONObject([("paragraphs", .array(list))]))])
    return String(
      decoding: try JSONValue.object(JSONObject([("data", data)])).encoded(), as: UTF8.self)
  }
}

@Suite struct QuestionAnsweringCommandTests {
  private struct Said: Decodable {
    struct Candidate: Decodable {
      let answer: String
      let start: Int
      let end: Int
      let score: Double
      let startLogit: Double
      let endLogit: Double

      enum CodingKeys: String, CodingKey {
        case answer, start, end, score
        case startLogit = "start_logit"
        case endLogit = "end_logit"
      }
    }
    let id: String
    let answer: String
    let score: Double
    let start: Int
    let end: Int
    let nbest: [Candidate]?
  }

  @Test func `a student is distilled that answers nearly as well as its teacher`() throws {
    let world = try QuestionWorld.shared()
    let scores = try Distill.object(
      [
        "evaluate", "--teacher", "teacher.h5", "--models", "student.h5", "--dataset", "rows.h5",
        "--output", "predictions.h5", "--compare", "student:teacher", "--json",
      ], in: world.folder)
    let metrics = try #require(scores["evaluate"] as? [String: Double])
    let names = Set(metrics.keys.compactMap { $0.split(separator: ".").first })
    #expect(names.isSuperset(of: ["teacher", "student", "compare"]))
    func value(_ model: String, _ metric: String) -> Double {
      metrics["\(model).dev_\(metric)"] ?? .nan
    }
    for model in names where model != "compare" {
      #expect(value("\(model)", "exact_match") > 0.7, "\(model): \(metrics)")
      #expect(value("\(model)", "f1") >= value("\(model)", "exact_match"))
      for part in ["HasAns_exact", "HasAns_f1", "NoAns_exact", "NoAns_f1"] {
        #expect((0...1).contains(value("\(model)", part)))
      }
    }
    // A model that says nothing of any text, and one that always answers.
    let strict = try Distill.object(
      [
        "evaluate", "--models", "student.h5", "--dataset", "rows.h5", "--json",
        "--null-score-diff-threshold", "-1000000",
      ], in: world.folder)
    let silent = try #require(strict["evaluate"] as? [String: Double])
    #expect(silent.first { $0.key.hasSuffix("dev_NoAns_exact") }?.value == 1)
    #expect(silent.first { $0.key.hasSuffix("dev_HasAns_exact") }?.value == 0)
    let logits = try ArtifactReader(path: world.folder + "/predictions.h5")
    #expect(logits.datasets.contains { $0.name == "starts/dev" })
  }

  @Test(.enabled(if: PythonOracle.isAvailable), arguments: [nil, "0"] as [String?])
  func `transformers gives an exported student's answers, places and logits as predict does`(
    threshold: String?
  ) throws {
    let world = try QuestionWorld.shared()
    let document = try JSONDecoder().decode(
      Document.self, from: try Disk.bytes(world.folder + "/dev.json"))
    let rows = document.data[0].paragraphs.flatMap { paragraph in
      paragraph.qas.map { ["question": $0.question, "context": paragraph.context] }
    }
    try withTemporaryFolder { folder in
      let lines = try rows.map {
        String(decoding: try JSONSerialization.data(withJSONObject: $0), as: UTF8.self) + "\n"
      }
      try Disk.write(lines.joined(), to: folder + "/rows.jsonl")
      let given = threshold.map { [$0] } ?? []
      let theirs = try PythonOracle.run(
        "squad.py",
        ["answers", world.folder + "/student", folder + "/rows.jsonl", "24", "8"] + given
      ).split(separator: "\n").map {
        try JSONDecoder().decode(Theirs.self, from: Data($0.utf8))
      }
      for model in ["student.h5", "student"] {
        let ours = try Distill.succeed(
          [
            "predict", "--model", model, "--input", "dev.json", "--json", "--n-best", "20",
          ] + QuestionWorld.windows + given.flatMap { ["--null-score-diff-threshold", $0] },
          in: world.folder
        ).lines.map { try JSONDecoder().decode(Said.self, from: Data($0.utf8)) }
        try #require(ours.count == rows.count && theirs.count == rows.count)
        #expect(ours.map(\.id) == document.data[0].paragraphs.flatMap { $0.qas.map(\.id) })
        for (row, (own, other)) in zip(rows, zip(ours, theirs)) {
          #expect(own.answer == other.text)
          let scalars = Array((row["context"] ?? "").unicodeScalars)
          #expect(
            own.answer.unicodeScalars.elementsEqual(scalars[own.start..<own.end]), "\(own)")
          let candidates = try #require(own.nbest)
          for (mine, their) in zip(candidates.prefix(3), other.nbest.prefix(3)) {
            #expect(abs(mine.startLogit - their.startLogit) < 1e-4)
            #expect(abs(mine.endLogit - their.endLogit) < 1e-4)
            #expect(abs(mine.score - their.probability) < 1e-4)
          }
        }
      }
    }
  }

  private struct Document: Decodable {
    struct Entry: Decodable { let paragraphs: [Paragraph] }
    struct Paragraph: Decodable {
      let context: String
      let qas: [Question]
    }
    struct Question: Decodable {
      let id: String
      let question: String
    }
    let data: [Entry]
  }

  private struct Theirs: Decodable {
    struct Candidate: Decodable {
      let probability: Double
      let startLogit: Double
      let endLogit: Double

      enum CodingKeys: String, CodingKey {
        case probability
        case startLogit = "start_logit"
        case endLogit = "end_logit"
      }
    }
    let text: String
    let nbest: [Candidate]
  }

  @Test func `rows one a line are the same dataset, and a text is stored once`() throws {
    let world = try QuestionWorld.shared()
    try withTemporaryFolder { folder in
      let document = try JSONSerialization.jsonObject(
        with: try Disk.bytes(world.folder + "/train.json"))
      var lines = ""
      let data = (document as? [String: Any])?["data"] as? [[String: Any]] ?? []
      for paragraph in data.first?["paragraphs"] as? [[String: Any]] ?? [] {
        for question in paragraph["qas"] as? [[String: Any]] ?? [] {
          let answers = question["answers"] as? [[String: Any]] ?? []
          let row: [String: Any] = [
            "id": question["id"] ?? "", "question": question["question"] ?? "",
            "context": paragraph["context"] ?? "",
            "answers": [
              "text": answers.map { $0["text"] ?? "" },
              "answer_start": answers.map { $0["answer_start"] ?? 0 },
            ],
          ]
          lines += String(decoding: try JSONSerialization.data(withJSONObject: row), as: UTF8.self)
          lines += "\n"
        }
      }
      try Disk.write(lines, to: folder + "/train.jsonl")
      try Distill.succeed(
        [
          "dataset", "--task", "question-answering", "--train", "train.jsonl", "--dev",
          world.folder + "/dev.json", "--tokenizer", world.folder + "/encoder", "--output",
          "rows.h5",
        ] + QuestionWorld.windows, in: folder)
      #expect(
        try Disk.content(folder + "/rows.h5") == Disk.content(world.folder + "/rows.h5"))
      let reader = try ArtifactReader(path: folder + "/rows.h5")
      #expect(try reader.int32s("train/context").count == 80)
      #expect(try reader.int64s("train/contexts/offsets").count == 41)
      #expect(try reader.int32s("train/rows").count > 80)
    }
  }

  @Test func `a teacher's folder is a teacher, and is fine-tuned further from its own head`() throws
  {
    let world = try QuestionWorld.shared()
    try withTemporaryFolder { folder in
      let teacher = world.folder + "/student"
      let facts = try Distill.object(["inspect", teacher, "--json"], in: folder)
      #expect(facts["head"] as? String == "question answering")
      #expect(facts["labels"] as? String == "start, end")
      let outcome = try Distill.succeed(
        [
          "prediction", "--teacher", teacher, "--student", teacher, "--dataset",
          world.folder + "/rows.h5", "--output", "again.h5", "--max-steps", "2",
        ], in: folder)
      #expect(!(outcome.output + outcome.errors).contains("drawn afresh"))
      let fresh = try Distill.succeed(
        [
          "finetune", "--model", world.folder + "/encoder", "--dataset", world.folder + "/rows.h5",
          "--output", "new.h5", "--max-steps", "2", "--objective", "question-answering",
        ], in: folder)
      #expect(
        (fresh.output + fresh.errors).contains("drawn afresh: qa_outputs.weight, qa_outputs.bias"))
    }
  }

  @Test(
    arguments: [
      (["--labels", "a,b"], 65, "answers are stretches of text, not classes"),
      (
        ["--glue", "qnli"], 64,
        "the rows of qnli are for classification, not for question-answering"
      ),
      (["--text-column", "question"], 64, "given for question-answering, whose files have keys"),
      (
        ["--doc-stride", "30", "--max-seq-length", "32"], 64,
        "windows of 32 tokens cannot overlap by 30"
      ),
      (["--max-seq-length", "5"], 64, "5 tokens leave no room for a question and a text"),
      (["--task", "classification", "--doc-stride", "8"], 64, "cuts no text into windows"),
    ] as [([String], Int32, String)])
  func `options that are not for questions are refused before any work`(
    options: [String], status: Int32, expected: String
  ) throws {
    let world = try QuestionWorld.shared()
    try withTemporaryFolder { folder in
      let task = options.contains("--task") ? [] : ["--task", "question-answering"]
      let outcome = try Distill.run(
        ["dataset"] + task + [
          "--train", world.folder + "/train.json", "--tokenizer", world.folder + "/encoder",
          "--output", "rows.h5",
        ] + options, in: folder)
      #expect(outcome.status == status)
      #expect(outcome.errors.contains(expected), "\(outcome.errors)")
      #expect(outcome.errorLines.count == 1)
    }
  }

  @Test func `models and rows of other tasks are refused by their names`() throws {
    let world = try QuestionWorld.shared()
    let other = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      func refusal(_ command: [String], _ status: Int32) throws -> String {
        let outcome = try Distill.run(command, in: folder)
        #expect(outcome.status == status, "\(outcome.errors)")
        #expect(outcome.errorLines.count == 1, "\(outcome.errors)")
        return outcome.errors
      }
      let rows = world.folder + "/rows.h5"
      #expect(
        try refusal(
          [
            "prediction", "--teacher", other.artifact("teacher"), "--student",
            other.artifact("general_student"), "--dataset", rows, "--output", "s.h5",
          ], 65
        ).contains("its logits are for classification, the dataset is for question-answering"))
      #expect(
        try refusal(
          [
            "evaluate", "--models", world.folder + "/student.h5", "--dataset",
            other.artifact("rows"),
          ],
          65
        ).contains("its logits are for question-answering, the dataset is for classification"))
      #expect(
        try refusal(
          [
            "evaluate", "--models", other.artifact("student"), "--dataset", other.artifact("rows"),
            "--n-best-size", "3",
          ], 64
        ).contains("given for classification, which looks for no answers in texts"))
      try Disk.write("sentence\nx\n", to: folder + "/rows.tsv")
      #expect(
        try refusal(
          ["predict", "--model", world.folder + "/student.h5", "--input", "rows.tsv"], 65
        ).contains("the name does not end in .json (SQuAD) or .jsonl"))
      let asked = try Distill.run(
        [
          "predict", "--model", other.artifact("student"), "--input", "rows.tsv", "--n-best", "3",
          "--json",
        ], in: folder)
      #expect(asked.status == 64 && asked.errors.contains("leave --n-best"), "\(asked.errors)")
      #expect(
        try refusal(
          ["predict", "--model", "student.h5", "--input", "dev.json", "--n-best", "3"], 64
        ).contains("--n-best shows other answers in JSON alone; add --json"))
    }
  }

  @Test func `questions are rewritten beside the texts that they are asked of`() throws {
    let world = try QuestionWorld.shared()
    try withTemporaryFolder { folder in
      try Distill.succeed(
        [
          "augment", "--dataset", world.folder + "/rows.h5", "--embedding-model",
          world.folder + "/encoder", "--output", "more.h5", "--rewrites", "2",
        ], in: folder)
      let reader = try ArtifactReader(path: folder + "/more.h5")
      let rows = try reader.int32s("train/context").count
      #expect(rows > 80 && reader.contains("train/contexts/bytes"))
      #expect(try reader.int64s("train/contexts/offsets").count == 41)
      #expect(try reader.int32s("train/first_token").count == reader.int32s("train/rows").count)
      let scores = try Distill.object(
        [
          "evaluate", "--models", world.folder + "/student.h5", "--dataset", "more.h5", "--splits",
          "train", "--json",
        ], in: folder)
      let metrics = try #require(scores["evaluate"] as? [String: Double])
      #expect((metrics.first { $0.key.hasSuffix("train_exact_match") }?.value ?? 0) > 0.5)
    }
  }

  @Test func `questions come from standard input too, one a line`() throws {
    let world = try QuestionWorld.shared()
    let outcome = try Distill.succeed(
      ["predict", "--model", "student.h5", "--input", "-", "--show", "id,text"], in: world.folder,
      input: #"{"question": "what was it ?", "context": "the film was good"}"# + "\n"
        + #"{"id": "x", "question": "we like x ?", "context": "a great story"}"# + "\n")
    #expect(
      outcome.lines == [
        "0\tgood\twhat was it ?\tthe film was good", "x\tgreat\twe like x ?\ta great story",
      ])
  }
}
