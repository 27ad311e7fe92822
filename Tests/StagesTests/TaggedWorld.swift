import Foundation
import TestSupport

/// Sentences in the small world's words in which things are entities, and what the pipeline makes of
/// them, once for a process.
struct TaggedWorld {
  /// The folder with `train.conll`, `dev.conll`, `encoder` and the models and the folder below.
  let folder: String

  /// The one of this process, removed when it ends.
  static func shared() throws -> TaggedWorld { try made.get() }

  private static let made = Result { try TaggedWorld() }
  private static let place =
    FileManager.default.temporaryDirectory.path + "/distill-tagged-\(getpid())"

  /// Words and tags in IOB2: what follows a thing and is bad belongs to it.
  static func sentence(_ numbers: inout ArbitraryNumbers) -> [(word: String, tag: String)] {
    var words: [(String, String)] = []
    for _ in 0..<3 + numbers.below(4) {
      switch numbers.below(4) {
      case 0: words.append((SmallWorld.things[numbers.below(SmallWorld.things.count)], "B-thing"))
      case 1:
        words.append((SmallWorld.things[numbers.below(SmallWorld.things.count)], "B-thing"))
        words.append((SmallWorld.bad[numbers.below(SmallWorld.bad.count)], "I-thing"))
      case 2: words.append((SmallWorld.good[numbers.below(SmallWorld.good.count)], "B-praise"))
      default: words.append((["the", "is", "a", "so"][numbers.below(4)], "O"))
      }
    }
    return words
  }

  static func conll(_ sentences: [[(word: String, tag: String)]]) -> String {
    sentences.map { $0.map { "\($0.word)\t\($0.tag)\n" }.joined() + "\n" }.joined()
  }

  static func objects(_ sentences: [[(word: String, tag: String)]]) throws -> String {
    try sentences.map { sentence in
      let object: [String: [String]] = [
        "tokens": sentence.map(\.word), "tags": sentence.map(\.tag),
      ]
      let data = try JSONSerialization.data(withJSONObject: object, options: .sortedKeys)
      return String(decoding: data, as: UTF8.self) + "\n"
    }.joined()
  }

  private init() throws {
    folder = Self.place
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    atexit { try? FileManager.default.removeItem(atPath: TaggedWorld.place) }
    try SmallWorld.writeEncoder(to: folder + "/encoder")
    var numbers = ArbitraryNumbers(8)
    let sentences = (0..<96).map { _ in Self.sentence(&numbers) }
    try Disk.write(Self.conll(Array(sentences[..<64])), to: folder + "/train.conll")
    try Disk.write(Self.conll(Array(sentences[64...])), to: folder + "/dev.conll")
    try Disk.write(try Self.objects(Array(sentences[64...])), to: folder + "/dev.jsonl")
    let training = ["--dataset", "rows.h5", "--per-device-train-batch-size", "8"]
    for command in [
      [
        "dataset", "--task", "token-classification", "--train", "train.conll", "--dev", "dev.conll",
        "--tokenizer", "encoder", "--max-seq-length", "32", "--output", "rows.h5",
      ],
      [
        "finetune", "--model", "encoder", "--output", "teacher.h5", "--num-train-epochs", "12",
        "--learning-rate", "3e-3",
      ] + training,
      [
        "intermediate", "--teacher", "teacher.h5", "--student", "encoder", "--output", "middle.h5",
        "--num-train-epochs", "2", "--learning-rate", "1e-3",
      ] + training,
      [
        "prediction", "--teacher", "teacher.h5", "--student", "middle.h5", "--output", "student.h5",
        "--num-train-epochs", "10", "--learning-rate", "3e-3", "--temperature", "2",
      ] + training,
      ["export", "--model", "student.h5", "--output", "exported"],
    ] { try Distill.succeed(command, in: folder) }
  }
}
