import Compute
import Foundation
import Interchange
import TestSupport
import Testing
import Transformer

/// Teachers whose tags are in another notation than the IOB2 of datasets.
@Suite struct TeacherNotationTests {
  /// The tagged world's teacher with the tags of BIOES: what it says of B is said half of B and half of S.
  private func writeTeacher(
    to path: String, of world: TaggedWorld,
    labels: [String] = ["O", "S-praise", "B-thing", "E-thing", "S-thing"],
    sources: [Int] = [3, 0, 1, 2, 1]
  ) throws {
    try Distill.succeed(
      ["export", "--model", world.folder + "/teacher.h5", "--output", path + "-iob2"],
      in: world.folder)
    let own = try BertModel(SmallWorld.configuration, head: .tokenClassification(labels: 4))
    let weights = try HuggingFaceModel(folder: path + "-iob2").weights(for: own, newHead: nil)
      .weights
    let values = Dictionary(
      uniqueKeysWithValues: own.layout.parameters.map { ($0.name, weights[$0].values()) })
    // Sources are of B-praise, B-thing, I-thing and O.
    try SmallWorld.writeEncoder(
      to: path, head: .tokenClassification(labels: labels.count), labels: labels
    ) { model, made in
      for parameter in model.layout.parameters {
        let old = values[parameter.name] ?? []
        switch parameter.name {
        case "classifier.weight":
          made[parameter].assign(sources.flatMap { old[$0 * 32..<($0 + 1) * 32] })
        case "classifier.bias":
          made[parameter].assign(
            sources.map { source in
              old[source] - Float(log(Double(sources.count { $0 == source })))
            })
        default: made[parameter].assign(old)
        }
      }
    }
  }

  @Test func `a teacher of BIOES teaches and is scored as if its tags were IOB2's`() throws {
    let world = try TaggedWorld.shared()
    try withTemporaryFolder { folder in
      try writeTeacher(to: folder + "/bioes", of: world)
      func scores(_ model: String, _ dataset: String) throws -> [String: Double] {
        try #require(
          try Distill.object(
            ["evaluate", "--models", model, "--dataset", dataset, "--json"], in: folder)[
              "evaluate"] as? [String: Double])
      }
      let old = ["evaluate", "--models", "bioes", "--dataset", world.folder + "/rows.h5"]
      let refused = try Distill.run(old, in: folder)
      #expect(refused.status == 65, "\(refused.errors)")
      let labels = "O,B-praise,I-praise,B-thing,I-thing"
      #expect(
        refused.errors.contains("; make the dataset again with --labels \(labels)"),
        "\(refused.errors)")
      try Distill.succeed(
        [
          "dataset", "--task", "token-classification", "--train", world.folder + "/train.conll",
          "--dev", world.folder + "/dev.conll", "--tokenizer", world.folder + "/encoder",
          "--max-seq-length", "32", "--labels", labels, "--output", "rows.h5",
        ], in: folder)
      let expected = try scores(world.folder + "/teacher.h5", world.folder + "/rows.h5")
      let found = try scores("bioes", "rows.h5")
      for name in ["overall_f1", "overall_accuracy", "thing_f1", "praise_f1"] {
        let score = try #require(expected["teacher.dev_\(name)"])
        #expect(score > 0.8 && found["bioes.dev_\(name)"] == score, "\(name): \(found)")
      }

      let training = [
        "--teacher", "bioes", "--dataset", "rows.h5", "--per-device-train-batch-size", "8",
        "--learning-rate", "3e-3",
      ]
      try Distill.succeed(
        [
          "intermediate", "--student", world.folder + "/encoder", "--output", "middle.h5",
          "--num-train-epochs", "2",
        ] + training, in: folder)
      let prediction = [
        "prediction", "--student", "middle.h5", "--output", "student.h5", "--num-train-epochs",
        "10",
      ]
      let dropping = try Distill.run(prediction + training + ["--teacher-dropout"], in: folder)
      #expect(dropping.status == 64, "\(dropping.errors)")
      #expect(dropping.errors.contains("tags in another notation"), "\(dropping.errors)")
      #expect(dropping.errors.contains("; give --teacher-dropout false"), "\(dropping.errors)")
      let taught = try Distill.succeed(
        prediction + training + ["--teacher-dropout", "false"], in: folder)
      #expect(
        taught.errors.contains("those kept by the intermediate phase are used"), "\(taught.errors)")
      let told = try #require(
        try Distill.object(
          [
            "evaluate", "--teacher", "bioes", "--models", "student.h5", "--dataset", "rows.h5",
            "--json",
          ], in: folder)["evaluate"] as? [String: Double])
      #expect(try #require(told["student.dev_agreement"]) > 0.9, "\(told)")
      #expect(try #require(told["student.dev_overall_f1"]) > 0.8, "\(told)")
    }
  }

  @Test func `names for other models' outputs leave those of another notation alone`() throws {
    let world = try TaggedWorld.shared()
    try withTemporaryFolder { folder in
      try writeTeacher(to: folder + "/bioes", of: world)
      // Beginnings and insides of things are one tag, and B is for a thing behind a thing.
      try writeTeacher(
        to: folder + "/iob1", of: world, labels: ["I-thing", "O", "I-praise", "B-thing"],
        sources: [1, 3, 0, 2])
      try SmallWorld.writeEncoder(
        to: folder + "/nameless", head: .tokenClassification(labels: 5), labels: [])
      let labels = "O,B-praise,I-praise,B-thing,I-thing"
      try Distill.succeed(
        [
          "dataset", "--task", "token-classification", "--train", world.folder + "/train.conll",
          "--dev", world.folder + "/dev.conll", "--tokenizer", world.folder + "/encoder",
          "--max-seq-length", "32", "--labels", labels, "--output", "rows.h5",
        ], in: folder)
      func scores(_ more: [String]) throws -> [String: Double] {
        try #require(
          try Distill.object(
            ["evaluate", "--dataset", "rows.h5", "--json"] + more
              + (["bioes", "iob1"].flatMap { ["--models", $0] }),
            in: folder)["evaluate"] as? [String: Double])
      }
      let alone = try scores([])
      let beside = try scores(["--models", "nameless", "--model-labels", labels])
      #expect(beside["nameless.dev_overall_f1"] != nil)
      for model in ["bioes", "iob1"] {
        let score = try #require(alone["\(model).dev_praise_f1"])
        #expect(score > 0.7 && beside["\(model).dev_praise_f1"] == score, "\(model): \(alone)")
      }
      #expect(try #require(alone["iob1.dev_thing_f1"]) > 0.2, "\(alone)")
      // It has fewer outputs than the dataset has labels.
      let taught = try Distill.succeed(
        [
          "task", "--teacher", "iob1", "--student", world.folder + "/encoder", "--dataset",
          "rows.h5",
          "--max-steps", "2", "--output", "student.h5",
        ], in: folder)
      #expect(taught.errors.contains("teacher overall_f1"), "\(taught.errors)")
    }
  }

  @Test func `of a teacher with outputs for what is no word the others are scored`() throws {
    let world = try TaggedWorld.shared()
    try withTemporaryFolder { folder in
      // What it says of what is outside is said of what is no word, too: it is sure enough of the rest.
      try writeTeacher(
        to: folder + "/padded", of: world,
        labels: ["[PAD]", "B-praise", "B-thing", "I-thing", "O"], sources: [3, 0, 1, 2, 3])
      try Distill.succeed(
        [
          "dataset", "--task", "token-classification", "--train", world.folder + "/train.conll",
          "--dev", world.folder + "/dev.conll", "--tokenizer", world.folder + "/encoder",
          "--max-seq-length", "32", "--labels", "B-praise,I-praise,B-thing,I-thing,O", "--output",
          "rows.h5",
        ], in: folder)
      let told = try #require(
        try Distill.object(
          ["evaluate", "--models", "padded", "--dataset", "rows.h5", "--json"], in: folder)[
            "evaluate"] as? [String: Double])
      #expect(try #require(told["padded.dev_overall_f1"]) > 0.8, "\(told)")
    }
  }

  @Test func `init gives the dataset all tags that a ready teacher knows, in IOB2`() throws {
    let world = try TaggedWorld.shared()
    try withTemporaryFolder { folder in
      try writeTeacher(to: folder + "/bioes", of: world)
      try Disk.write("the O\nfilm B-thing\n\ngood B-praise\n", to: folder + "/train.conll")
      try Disk.write("film B-thing\ndull I-thing\n", to: folder + "/dev.conll")
      try Disk.write("the film\nthe song\n", to: folder + "/text.txt")
      for (teacher, labels) in [
        (world.folder + "/teacher.h5", ["B-praise", "B-thing", "I-thing", "O"]),
        ("bioes", ["O", "B-praise", "I-praise", "B-thing", "I-thing"]),
      ] {
        let drafted = try Distill.succeed(
          [
            "init", "x.yaml", "--teacher", teacher, "--train", "train.conll", "--dev", "dev.conll",
            "--text", "text.txt", "--overwrite",
          ], in: folder)
        let said = drafted.output + drafted.errors
        #expect(said.contains("already a teacher of token-classification"), "\(said)")
        #expect(said.contains("the labels are all \(labels.count) that the teacher knows"))
        let file = try Disk.text(folder + "/x.yaml")
        #expect(file.contains("labels: [\(labels.joined(separator: ", "))]"), "\(file)")
        try Distill.succeed(["run", "x.yaml", "--until", "dataset"], in: folder)
        try Distill.succeed(["plan", "x.yaml"], in: folder)
      }
      // An output that is no tag cannot be a label: the rows' own are. One for what is no word is left out.
      for (extra, isReady) in [("NN", false), ("X", true)] {
        try writeTeacher(
          to: folder + "/more", of: world, labels: ["B-praise", "B-thing", "I-thing", "O", extra],
          sources: [0, 1, 2, 3, 3])
        let drafted = try Distill.succeed(
          [
            "init", "p.yaml", "--teacher", "more", "--train", "train.conll", "--text", "text.txt",
            "--overwrite",
          ], in: folder)
        let said = drafted.output + drafted.errors
        #expect(said.contains("it knows other labels (5)") == !isReady, "\(said)")
        #expect(
          try Disk.text(folder + "/p.yaml").contains(
            "labels: [O, B-praise, I-praise, B-thing, I-thing]") == isReady)
      }
      // Tags that the teacher does not know: it is fine-tuned.
      try Disk.write("the O\nfilm B-place\n", to: folder + "/train.conll")
      let other = try Distill.succeed(
        [
          "init", "y.yaml", "--teacher", "bioes", "--train", "train.conll", "--text", "text.txt",
        ], in: folder)
      #expect((other.output + other.errors).contains("it knows other labels (5)"))
    }
  }
}
