import Compute
import Files
import Foundation
import Interchange
import RandomStreams
import TestSupport
import Transformer

/// Everything a pipeline reads, small enough that a whole pipeline takes seconds: an encoder folder
/// of 2 layers x 32 with random weights and a vocabulary of its own, labelled rows that a few words
/// decide, and raw text.
struct SmallWorld {
  static let good = ["good", "great", "warm", "bright", "fine", "funny"]
  static let bad = ["bad", "dull", "cold", "grim", "poor", "weak"]
  static let things = ["film", "story", "cast", "scene", "song", "plot", "end", "actor"]
  static let rest = ["the", "a", "is", "was", "and", "but", "very", "so", "it", "this", "with"]
  static let vocabulary =
    ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] + good + bad + things + rest
    + ["i", "saw", "we", "like", "of", "##s", "##ly", "##er", ".", ",", "!", "?", "x", "y", "z"]
  static let configuration = ModelConfiguration(
    vocabularySize: vocabulary.count, hiddenSize: 32, layerCount: 2, headCount: 2,
    intermediateSize: 64, maximumPositions: 40)

  /// The folder that holds it all.
  let folder: String

  /// Writes the world.
  init(in folder: String) throws {
    self.folder = folder
    try Self.writeEncoder(to: folder + "/encoder")
    var numbers = ArbitraryNumbers(20)
    for (split, rows) in [("train", 64), ("dev", 24), ("test", 24)] {
      try Disk.write(Self.rows(rows, &numbers), to: "\(folder)/\(split).tsv")
    }
    let sentences = (0..<60).map { Self.sentence(isGood: $0 % 2 == 0, &numbers) }
    try Disk.write(sentences.joined(separator: "\n") + "\n", to: folder + "/text.txt")
    try Disk.write(Self.pipeline(), to: folder + "/tiny.yaml")
  }

  /// Writes a Hugging Face folder of the world's sizes, head and vocabulary; `change` may spoil the
  /// weights.
  static func writeEncoder(
    to path: String, head: Head = .none, labels: [String] = [], vocabulary: [String] = vocabulary,
    of configuration: ModelConfiguration = configuration, seed: UInt64 = 3,
    change: (BertModel, ParameterSet) -> Void = { _, _ in }
  ) throws {
    let model = try BertModel(configuration, head: head)
    let weights = ParameterSet(model.layout)
    weights.initialize(stdev: 0.1, stream: RandomStream(seed: seed, purpose: "small-world"))
    change(model, weights)
    try HuggingFaceModel.write(model, weights, labels: labels, to: path)
    try Disk.write(vocabulary.map { $0 + "\n" }.joined(), to: path + "/vocab.txt")
    try Disk.write(
      #"{"tokenizer_class": "BertTokenizer", "do_lower_case": true, "model_max_length": 32}"#,
      to: path + "/tokenizer_config.json")
  }

  /// A sentence whose kind two of its words decide.
  static func sentence(isGood: Bool, _ numbers: inout ArbitraryNumbers) -> String {
    let words = isGood ? good : bad
    let thing = things[numbers.below(things.count)]
    let verb = ["is", "was"][numbers.below(2)]
    let degree = ["very ", "so ", ""][numbers.below(3)]
    let pair = (words[numbers.below(words.count)], words[numbers.below(words.count)])
    return "the \(thing) \(verb) \(degree)\(pair.0) and \(pair.1) ."
  }

  private static func rows(_ count: Int, _ numbers: inout ArbitraryNumbers) -> String {
    var text = "sentence\tlabel\n"
    for row in 0..<count {
      let isGood = row % 2 == 0
      text += sentence(isGood: isGood, &numbers) + "\t" + (isGood ? "positive" : "negative") + "\n"
    }
    return text
  }

  /// The options of the students' training, as flags are made of them too.
  static let intermediate = ["num_train_epochs": "2", "learning_rate": "1e-2"]
  static let prediction = ["num_train_epochs": "6", "learning_rate": "5e-3"]
  static let baseline = ["num_train_epochs": "12", "learning_rate": "1e-2"]
  static let batch = ["per_device_train_batch_size": "16"]
  static let general = [
    "num_hidden_layers": "1", "hidden_size": "16", "num_attention_heads": "2",
    "intermediate_size": "32", "num_train_epochs": "3", "learning_rate": "5e-3",
  ]

  /// Options as lines of a pipeline file.
  private static func lines(_ options: [String: String]...) -> String {
    options.flatMap { $0 }.sorted { $0.key < $1.key }.map { "    \($0.key): \($0.value)\n" }
      .joined()
  }

  /// Options as flags.
  static func flags(_ options: [String: String], prefix: String = "") -> [String] {
    options.sorted { $0.key < $1.key }.flatMap { name, value in
      ["--" + (prefix + name).replacingOccurrences(of: "_", with: "-"), value]
    }
  }

  /// A pipeline file through every stage kind.
  static func pipeline(temperature: String = "1") -> String {
    """
    pipeline: tiny
    seed: 42
    sources:
      encoder: encoder
      sentences: text.txt
      train_rows: train.tsv
      dev_rows: dev.tsv
      test_rows: test.tsv
    stages:
      corpus:
        inputs: { text: sentences, tokenizer: encoder }
        output: corpus
        max_seq_length: 32
      dataset:
        inputs: { train: train_rows, dev: dev_rows, test: test_rows, tokenizer: encoder }
        output: rows
        max_seq_length: 32
      masked_language_model:
        run: finetune
        objective: masked-language
        inputs: { model: encoder, corpus: corpus }
        output: masked_language_model
        num_train_epochs: 2
        learning_rate: 2e-3
    \(lines(batch))  teacher:
        run: finetune
        inputs: { model: encoder, dataset: rows }
        output: teacher
        num_train_epochs: 8
        learning_rate: 2e-3
        per_device_train_batch_size: 8
      general:
        inputs: { teacher: encoder, corpus: corpus }
        output: general_student
    \(lines(general, batch))  augment:
        inputs:
          dataset: rows
          masked_language_model: masked_language_model
          embedding_model: encoder
        output: augmented
        rewrites: 2
      intermediate:
        inputs: { teacher: teacher, student: general_student, dataset: augmented }
        output: intermediate_student
    \(lines(intermediate, batch))  prediction:
        inputs: { teacher: teacher, student: intermediate_student, dataset: augmented }
        output: student
        temperature: \(temperature)
    \(lines(prediction, batch))  baseline:
        run: finetune
        inputs: { model: general_student, dataset: rows }
        output: baseline
    \(lines(baseline, batch))  evaluate:
        inputs: { teacher: teacher, models: [student, baseline], dataset: rows }
        output: predictions
        compare: ["student:baseline"]
      export:
        inputs: { model: student }
        output: student_folder

    """
  }

  /// The stages of that file in the order they run.
  static let stages = [
    "corpus", "dataset", "masked_language_model", "teacher", "general", "augment", "intermediate",
    "prediction", "baseline", "evaluate", "export",
  ]
  /// The HDF5 artifacts that they make.
  static let artifacts = [
    "corpus", "rows", "masked_language_model", "teacher", "general_student", "augmented",
    "intermediate_student", "student", "baseline", "predictions",
  ]
}

/// A world in which the pipeline has run once; tests read it and write elsewhere.
struct FinishedWorld {
  /// The world's folder.
  let folder: String
  /// What the run wrote.
  let outcome: Program.Outcome

  /// The one of this process, made when first asked for and removed when the process ends.
  static func shared() throws -> FinishedWorld { try made.get() }

  private static let made = Result { try FinishedWorld() }
  private static let place =
    FileManager.default.temporaryDirectory.path + "/distill-world-\(getpid())"

  private init() throws {
    folder = Self.place
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    atexit { try? FileManager.default.removeItem(atPath: FinishedWorld.place) }
    _ = try SmallWorld(in: folder)
    outcome = try Distill.succeed(["run", "tiny.yaml"], in: folder)
  }

  /// The path of an artifact.
  func artifact(_ name: String) -> String {
    "\(folder)/.distill/tiny/artifacts/\(name)" + (name.hasSuffix("_folder") ? "" : ".h5")
  }

  /// A copy in a folder of its own, where a test may change things.
  func withCopy<R>(_ body: (String) throws -> R) throws -> R {
    try withTemporaryFolder { other in
      let copy = other + "/world"
      try FileManager.default.copyItem(atPath: folder, toPath: copy)
      return try body(copy)
    }
  }
}
