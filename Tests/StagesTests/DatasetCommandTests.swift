import Foundation
import HDF5
import TestSupport
import Testing

@Suite struct DatasetCommandTests {
  private static let rows = [
    ("the film was good", "it is warm", "yes"), ("the plot was bad", "it is warm", "no"),
    ("a song , a scene", "we like it", "yes"), ("this is dull", "so funny", "no"),
  ]

  @Test func `the same rows as TSV, CSV and JSONL are the same dataset, pairs included`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      let separated = { (separator: String, quote: String) in
        "sentence1\(separator)sentence2\(separator)label\n"
          + Self.rows.map {
            "\(quote)\($0.0)\(quote)\(separator)\(quote)\($0.1)\(quote)\(separator)\($0.2)\n"
          }.joined()
      }
      try Disk.write(separated("\t", ""), to: folder + "/rows.tsv")
      try Disk.write(separated(",", "\""), to: folder + "/rows.csv")
      try Disk.write(
        Self.rows.map {
          "{\"label\": \"\($0.2)\", \"sentence2\": \"\($0.1)\", \"sentence1\": \"\($0.0)\"}\n"
        }.joined(), to: folder + "/rows.jsonl")
      var digests: Set<String> = []
      for kind in ["tsv", "csv", "jsonl"] {
        try Distill.succeed(
          [
            "dataset", "--train", "rows.\(kind)", "--tokenizer", world.folder + "/encoder",
            "--output", "\(kind).h5", "--max-seq-length", "16",
          ], in: folder)
        digests.insert(try Disk.content("\(folder)/\(kind).h5"))
      }
      #expect(digests.count == 1)

      // Row 0: [CLS] 4 words [SEP] 3 words [SEP]; the second segment begins after the first [SEP].
      let reader = try ArtifactReader(path: folder + "/tsv.h5")
      #expect(try reader.int64s("train/offsets").prefix(2) == [0, 10])
      #expect(try reader.int32s("train/second")[0] == 6)
      #expect(try reader.int32s("train/labels") == [1, 0, 1, 0])
      #expect(try reader.int32s("train/ids")[0] == 2)
    }
  }

  @Test func `models train on and classify pairs`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      let text =
        "sentence1\tsentence2\tlabel\n"
        + Self.rows.map { "\($0.0)\t\($0.1)\t\($0.2)\n" }.joined()
      try Disk.write(text, to: folder + "/rows.tsv")
      try Distill.succeed(
        [
          "dataset", "--train", "rows.tsv", "--dev", "rows.tsv", "--tokenizer",
          world.folder + "/encoder", "--output", "rows.h5", "--max-seq-length", "32",
        ], in: folder)
      try Distill.succeed(
        [
          "finetune", "--model", world.folder + "/encoder", "--dataset", "rows.h5", "--output",
          "model.h5", "--num-train-epochs", "40", "--learning-rate", "5e-3", "--eval-strategy",
          "no",
        ], in: folder)
      let classes = try Distill.succeed(
        ["predict", "--model", "model.h5", "--input", "rows.tsv"], in: folder)
      #expect(classes.lines == Self.rows.map(\.2))
    }
  }

  @Test func `augmentation keeps rows and labels, adds rewrites, and repeats no held-out row`()
    throws
  {
    let world = try FinishedWorld.shared()
    let before = try Split(world.artifact("rows"), "train")
    let after = try Split(world.artifact("augmented"), "train")
    let heldOut = Set(
      try Split(world.artifact("rows"), "dev").texts + Split(world.artifact("rows"), "test").texts)
    #expect(after.texts.count > before.texts.count)
    #expect(after.texts.count <= before.texts.count * 3)
    // Originals in their order, each followed by its rewrites under its label.
    var next = 0
    for (text, label) in zip(after.texts, after.labels) {
      if next < before.texts.count, text == before.texts[next] {
        #expect(label == before.labels[next])
        next += 1
      } else {
        try #require(next > 0)
        #expect(label == before.labels[next - 1])
        #expect(!heldOut.contains(text))
      }
    }
    #expect(next == before.texts.count)
    for split in ["dev", "test"] {
      #expect(
        try Split(world.artifact("augmented"), split).texts
          == Split(world.artifact("rows"), split).texts)
    }
  }

  @Test func `evaluation scores the held-out splits that there are`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      try Distill.succeed(
        [
          "dataset", "--train", world.folder + "/train.tsv", "--dev", world.folder + "/dev.tsv",
          "--tokenizer", world.folder + "/encoder", "--max-seq-length", "32", "--output", "rows.h5",
        ], in: folder)
      let scores = try Distill.object(
        [
          "evaluate", "--models", world.artifact("student"), "--dataset", "rows.h5", "--output",
          "predictions.h5", "--json",
        ], in: folder)
      let metrics = try #require(scores["evaluate"] as? [String: Double])
      #expect(metrics["student.dev_accuracy"] != nil)
      #expect(metrics["student.test_accuracy"] == nil)
    }
  }

  /// A split as any program may read it.
  private struct Split {
    let texts: [String]
    let labels: [Int32]

    init(_ path: String, _ name: String) throws {
      let reader = try ArtifactReader(path: path)
      let bytes = try reader.bytes("\(name)/text/bytes")
      let offsets = try reader.int64s("\(name)/text/offsets").map { Int($0) }
      texts = zip(offsets, offsets.dropFirst()).map {
        String(decoding: bytes[$0..<$1], as: UTF8.self)
      }
      labels = try reader.int32s("\(name)/labels")
    }
  }
}
