import Files
import Foundation
import Interchange
import TestSupport
import Testing
import Transformer

@Suite struct BadInputTests {
  static let files = [
    BadInput("a file that is not there", 66, #"nofile\.txt: there is no such file"#) { world, _ in
      Command.corpus(world, text: "nofile.txt")
    },
    BadInput("a row with too many columns", 65, #"rows\.tsv:3: has 3 columns, the header has 2"#) {
      Command.dataset($0, train: try Spoiled.rows("good\tpositive\nbad\tnegative\tx\n", $1))
    },
    BadInput("a label that training rows lack", 65, #"rows\.tsv:2: .*'strange'.*'positive'"#) {
      Command.dataset(
        $0, train: $0.folder + "/train.tsv", dev: try Spoiled.rows("good\tstrange\n", $1))
    },
    BadInput("a header and no row", 65, #"rows\.tsv: no rows in it; give"#) {
      Command.dataset($0, train: $0.folder + "/train.tsv", dev: try Spoiled.rows("", $1))
    },
    BadInput("an empty file", 65, #"none\.tsv: is empty; give"#) { world, folder in
      try Disk.write("", to: folder + "/none.tsv")
      return Command.dataset(world, train: "none.tsv")
    },
    BadInput("one class alone", 65, "there must be two classes") {
      Command.dataset($0, train: try Spoiled.rows("good\tpositive\n", $1))
    },
    BadInput("text that is not UTF-8", 65, #"rows\.tsv: line 2: byte \d+ is not valid UTF-8"#) {
      world, folder in
      try Data("sentence\tlabel\n".utf8 + [0x67, 0xFF, 0x09, 0x61, 0x0A])
        .write(to: URL(fileURLWithPath: folder + "/rows.tsv"))
      return Command.dataset(world, train: "rows.tsv")
    },
    BadInput("a column that is not there", 65, #"rows\.tsv:1: has no column 'body'"#) {
      Command.dataset($0, train: try Spoiled.rows("good\tpositive\n", $1))
        + ["--text-column", "body"]
    },
    BadInput("no text in a corpus", 65, #"blank\.txt: no text in it; give"#) { world, folder in
      try Disk.write("\n\n", to: folder + "/blank.txt")
      return Command.corpus(world, text: "blank.txt")
    },
    BadInput("a place that cannot be made", 73, #"/proc/nowhere: cannot create"#) { world, _ in
      Command.corpus(world, text: world.folder + "/text.txt", output: "/proc/nowhere/corpus.h5")
    },
    BadInput("a folder where a file should go", 73, #"given: is a folder"#) { world, folder in
      try FileManager.default.createDirectory(
        atPath: folder + "/given", withIntermediateDirectories: true)
      return Command.corpus(world, text: world.folder + "/text.txt", output: "given")
    },
    BadInput("an output that is an input", 64, "would overwrite or lie in source") {
      world, folder in
      try Disk.write("good\n", to: folder + "/text.txt")
      return Command.corpus(world, text: "text.txt", output: "text.txt")
    },
  ]

  static let artifacts = [
    BadInput(
      "an artifact of another kind", 65,
      "--dataset: .* is a .corpus. artifact; a .dataset. artifact is wanted"
    ) {
      world, _ in
      Command.finetune(world.folder + "/encoder", dataset: world.artifact("corpus"))
    },
    BadInput("an artifact cut short", 65, #"spoiled\.h5: .*cut short"#) { world, folder in
      let path = try Spoiled.bytes(world.artifact("rows"), folder) { $0.removeLast(100) }
      return Command.finetune(world.folder + "/encoder", dataset: path)
    },
    BadInput("an artifact with one bit flipped", 65, #"spoiled\.h5: is damaged.*make it again"#) {
      world, folder in
      let path = try Spoiled.bytes(world.artifact("rows"), folder) { $0[$0.count / 2] ^= 1 }
      return Command.finetune(world.folder + "/encoder", dataset: path)
    },
    BadInput("an id beyond the vocabulary", 65, #"id 9999 at position 7 .*beyond the vocabulary"#) {
      Command.general($0, corpus: try Spoiled.corpusBeyondVocabulary($0, $1))
    },
    BadInput("sequences beyond the positions", 65, "128 tokens, .* 40 positions; .*max-seq-length")
    {
      world, folder in
      try Distill.succeed(
        [
          "corpus", "--text", world.folder + "/text.txt", "--tokenizer", world.folder + "/encoder",
          "--output", "long.h5",
        ], in: folder)
      return Command.general(world, corpus: "long.h5")
    },
    BadInput(
      "rows of another tokenizer", 65,
      #"another tokenizer than that of .*; use a model of its vocabulary"#
    ) { world, folder in
      try SmallWorld.writeEncoder(
        to: folder + "/encoder", vocabulary: SmallWorld.vocabulary.dropLast() + ["w"])
      return Command.finetune("encoder", dataset: world.artifact("rows"))
    },
    BadInput("a model without classifier", 65, "the model has no classifier") { world, _ in
      [
        "predict", "--model", world.artifact("general_student"), "--input",
        world.folder + "/test.tsv",
      ]
    },
  ]

  static let models = [
    BadInput("NaN in a weight", 65, #"layer\.1\.output\.dense\.weight has 1 NaN or infinite"#) {
      world, folder in
      let model = try Spoiled.encoder(folder) { model, weights in
        weights.change(model, suffix: "layer.1.output.dense.weight") { $0[5] = .nan }
      }
      return Command.finetune(model, dataset: world.artifact("rows"))
    },
    BadInput("weights of another shape", 65, #"intermediate\.dense\.weight has shape \[64, 32\]"#) {
      world, folder in
      let model = try Spoiled.encoder(folder) { _, _ in }
      let config = try Disk.text(folder + "/encoder/config.json")
      try Disk.write(
        config.replacing(/"intermediate_size": ?64/, with: "\"intermediate_size\":48"),
        to: folder + "/encoder/config.json")
      return Command.finetune(model, dataset: world.artifact("rows"))
    },
    BadInput(
      "weights that torch did not save", 65, #"pytorch_model\.bin: .*torch\.save; convert it once"#
    ) {
      world, folder in
      let model = try Spoiled.encoder(folder) { _, _ in }
      try FileManager.default.moveItem(
        atPath: folder + "/encoder/model.safetensors",
        toPath: folder + "/encoder/pytorch_model.bin")
      return Command.finetune(model, dataset: world.artifact("rows"))
    },
    BadInput("a folder without vocabulary", 66, #"neither tokenizer\.json nor vocab\.txt"#) {
      world, folder in
      let model = try Spoiled.encoder(folder) { _, _ in }
      try FileManager.default.removeItem(atPath: folder + "/encoder/vocab.txt")
      return Command.finetune(model, dataset: world.artifact("rows"))
    },
    BadInput("a loss beyond all numbers", 70, "non-finite .*at step 1; lower --learning-rate") {
      world, folder in
      let model = try Spoiled.encoder(folder) { model, weights in
        weights.change(model, suffix: "weight") { values in
          for index in values.indices { values[index] *= 1e30 }
        }
      }
      return Command.finetune(model, dataset: world.artifact("rows"))
    },
    BadInput("a teacher with other labels", 65, "labels are no, yes, .* negative, positive; name") {
      Command.task($0, teacher: try Spoiled.teacher(["no", "yes"], $1))
    },
    BadInput("a teacher that knows nothing", 65, #"50\.0 %.*majority class.*allow-weak-teacher"#) {
      Command.task($0, teacher: try Spoiled.teacher(["negative", "positive"], $1))
    },
    BadInput(
      "a teacher of many labels at once", 65,
      "for multi-label, the dataset is for classification; use a model of classification, or make"
    ) {
      world, folder in
      let teacher = try Spoiled.teacher(["negative", "positive"], folder)
      try Spoiled.problemType("multi_label_classification", of: "\(folder)/\(teacher)")
      return Command.task(world, teacher: teacher)
    },
    BadInput("a teacher of a number for a class", 65, "for regression, the dataset is for class") {
      world, folder in
      Command.task(world, teacher: try Spoiled.teacher(["stars"], folder))
    },
    BadInput("a model of several numbers", 65, "for regression of several numbers, which this") {
      world, folder in
      let model = try Spoiled.teacher(["food", "room"], folder)
      try Spoiled.problemType("regression", of: "\(folder)/\(model)")
      return ["predict", "--model", model, "--input", world.folder + "/dev.tsv"]
    },
    BadInput("a teacher of more outputs than are named", 65, "3 outputs, 2 labels are named; use") {
      world, folder in
      Command.task(world, teacher: try Spoiled.teacher(["a", "b", "c"], folder))
        + ["--teacher-labels", "positive,negative", "--allow-weak-teacher"]
    },
    BadInput("a teacher without classifier", 65, "the model has no classifier; fine-tune it") {
      world, _ in
      Command.task(world, teacher: world.folder + "/encoder")
    },
    BadInput(
      "a teacher of words for texts", 65,
      "its logits are for token-classification, the dataset is for classification; use a model of"
    ) { world, folder in
      try SmallWorld.writeEncoder(
        to: folder + "/teacher", head: .tokenClassification(labels: 2), labels: ["O", "B-A"])
      return Command.task(world, teacher: "teacher")
    },
    BadInput("a student deeper than its teacher", 64, "student has 3 layers, the teacher only 2") {
      world, _ in
      Command.general(world, layers: 3)
    },
  ]

  static let options = [
    BadInput("an option that does not exist", 64, #"--learning-rat: .*mean "--learning-rate"\?"#) {
      world, _ in
      Command.general(world) + ["--learning-rat", "1e-4"]
    },
    BadInput("a number that is none", 64, #"--learning-rate: expected a number from 0 to 1"#) {
      world, _ in
      Command.general(world) + ["--learning-rate", "fast"]
    },
    BadInput("a word out of place", 64, "extra: not a flag") { world, _ in
      Command.general(world) + ["extra"]
    },
    BadInput("no dataset for labels", 64, "--dataset: missing; name the dataset to read") {
      world, _ in
      ["finetune", "--model", world.folder + "/encoder", "--output", "out/model.h5"]
    },
    BadInput("an unknown part of the loss", 64, "no loss 'hiden'; take some of embedding") {
      world, _ in
      Command.general(world) + ["--losses", "hiden"]
    },
    BadInput("a model to compare that was not scored", 64, "no model 'third'; name some of") {
      world, _ in
      [
        "evaluate", "--models", world.artifact("student"), "--dataset", world.artifact("rows"),
        "--compare", "student:third", "--output", "out/predictions.h5",
      ]
    },
    BadInput("a command that does not exist", 64, #"genral.*did you mean "general"\?"#) { _, _ in
      ["genral"]
    },
  ]

  @Test(arguments: files + artifacts + models + options + answers)
  func `bad input ends with one line, the right code, and nothing half-written`(_ bad: BadInput)
    throws
  {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      let arguments = try bad.prepare(world, folder)
      let before = Set(Disk.files(folder))
      let outcome = try Distill.run(arguments, in: folder)
      #expect(outcome.status == bad.status, "\(outcome.errors)")
      #expect(outcome.errorLines.count == 1, "\(outcome.errors)")
      let line = outcome.errorLines.first ?? ""
      #expect(try Regex(bad.pattern).firstMatch(in: line) != nil, "\(line)")
      #expect(!outcome.errors.contains("Fatal error"))
      #expect(outcome.output.isEmpty)
      let records = ["lock", "manifest.json", "metrics.jsonl"]
      let left = Set(Disk.files(folder)).subtracting(before).filter { path in
        !records.contains { path.hasSuffix(".distill/" + $0) }
          && !path.contains(".distill/locks/") && !path.contains(".distill/runs/")
      }
      #expect(left.isEmpty, "left behind: \(left)")
    }
  }

  @Test func `a teacher's labels in another order are put in order`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      // The exported teacher with its two outputs exchanged, names and all, is the same teacher.
      try Distill.succeed(
        ["export", "--model", world.artifact("teacher"), "--output", "teacher"], in: folder)
      try Disk.write(
        try exchangedLabels(try Disk.text(folder + "/teacher/config.json")),
        to: folder + "/teacher/config.json")
      let refused = try Distill.run(Command.task(world, teacher: "teacher"), in: folder)
      #expect(refused.status == 65, "names exchanged, weights not: as wrong as it can be")
      try exchangeOutputs(folder + "/teacher")
      let run = try Distill.succeed(Command.task(world, teacher: "teacher"), in: folder)
      let figures = try #require(
        world.outcome.errors.firstMatch(of: /teacher accuracy \d.* % on the/))
      #expect(run.errors.contains(figures.output))
      #expect(FileManager.default.fileExists(atPath: folder + "/out/student.h5"))
    }
  }

  @Test func `a weak teacher is allowed when asked for`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      let teacher = try Spoiled.teacher(["negative", "positive"], folder)
      try Distill.succeed(
        Command.task(world, teacher: teacher) + ["--allow-weak-teacher"], in: folder)
    }
  }

  @Test func `a workspace in use is refused, naming its owner`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      try FileManager.default.createDirectory(
        atPath: folder + "/workspace", withIntermediateDirectories: true)
      let lock = try FileLock.acquire(folder + "/workspace/lock")
      defer { lock.release() }
      let command =
        Command.corpus(world, text: world.folder + "/text.txt") + ["--workspace", "workspace"]
      let outcome = try Distill.run(command, in: folder)
      #expect(outcome.status == 75)
      #expect(outcome.errorLines.count == 1)
      #expect(outcome.errors.contains("process \(ProcessInfo.processInfo.processIdentifier)"))
      lock.release()
      try Distill.succeed(command, in: folder)
    }
  }

  /// A model configuration with the names of its two classes exchanged.
  private func exchangedLabels(_ config: String) throws -> String {
    var object = try #require(
      try JSONSerialization.jsonObject(with: Data(config.utf8)) as? [String: Any])
    object["id2label"] = ["0": "positive", "1": "negative"]
    object["label2id"] = ["positive": 0, "negative": 1]
    return String(decoding: try JSONSerialization.data(withJSONObject: object), as: UTF8.self)
  }

  /// Exchanges the two rows of a folder's classifier.
  private func exchangeOutputs(_ folder: String) throws {
    let path = folder + "/model.safetensors"
    let file = try SafetensorsFile(path: path)
    _ = try SafetensorsWriter.write(
      to: path,
      tensors: try file.tensors.map { tensor in
        let values = try file.floats(tensor.name)
        let half = values.count / 2
        let isClassifier = tensor.name.hasPrefix("classifier.")
        return (
          tensor.name, tensor.shape,
          isClassifier ? Array(values[half...] + values[..<half]) : values
        )
      })
  }
}
