import Files
import Foundation
import TestSupport
import Testing

@Suite struct EvaluateCommandTests {
  @Test func `evaluate prints its figures, needs no output and leaves nothing behind`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      let command = [
        "evaluate", "--models", world.artifact("student"), "--teacher", world.artifact("teacher"),
        "--dataset", world.artifact("rows"),
      ]
      let text = try Program.run(
        Distill.path, command, in: folder, variables: ["TMPDIR": folder + "/"])
      try #require(text.status == 0, "\(text.errors)")
      #expect(try folderEntries(folder).isEmpty)
      #expect(!text.errors.contains("workspace") && !text.errors.contains(folder))
      for words in [
        "layers x width", "parameters", "MB", "MFLOP/token", "p50 ms", "p95", "tokens/s",
      ]
        + [
          "dev: model", "test: model", "accuracy", "95 %", "f1", "matthews correlation",
          "agreement",
        ]
        + ["to teacher", "is, answered:", "negative", "positive"]
      {
        #expect(text.output.contains(words), "\(words)")
      }
      // Sizes; scores of two splits, each in two parts to fit; confusions of two splits.
      #expect(text.lines.count { $0.hasPrefix("student ") } == 7)
      #expect(text.lines.count { $0.hasPrefix("teacher ") } == 7)
      #expect(text.lines.allSatisfy { $0.count <= 80 })

      let figures = try Distill.object(command + ["--json"], in: folder)
      let metrics = try #require(figures["evaluate"] as? [String: Double])
      let own = try #require(metrics["student.test_accuracy"])
      let teacher = try #require(metrics["teacher.test_accuracy"])
      #expect(metrics["student.test_accuracy_difference"] == own - teacher)
      #expect(metrics["student.test_f1"] != nil)
      for model in ["student", "teacher"] {
        let accuracy = try #require(metrics["\(model).test_accuracy"])
        let lower = try #require(metrics["\(model).test_accuracy_lower"])
        let upper = try #require(metrics["\(model).test_accuracy_upper"])
        #expect(lower <= accuracy && accuracy <= upper && 0 <= lower && upper <= 1)
        let median = try #require(metrics["\(model).latency_p50_ms"])
        let percentile95 = try #require(metrics["\(model).latency_p95_ms"])
        #expect(0 < median && median <= percentile95)
        let counts = try [0, 1].map { right in
          try [0, 1].map { try #require(metrics["\(model).test_confusion_\(right)_\($0)"]) }
        }
        let rows = counts[0][0] + counts[0][1] + counts[1][0] + counts[1][1]
        #expect(abs((counts[0][0] + counts[1][1]) / rows - accuracy) < 1e-12)
      }
    }
  }

  @Test(arguments: [[SIGINT], [SIGTERM], [SIGTERM, SIGINT]])
  func `evaluate leaves nothing behind where signals stop it`(signals: [Int32]) throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      let models = ["student", "teacher"].flatMap { ["--models", world.artifact($0)] }
      let stopped = try Program.run(
        Distill.path, ["evaluate", "--dataset", world.artifact("rows")] + models, in: folder,
        variables: ["TMPDIR": folder]
      ) { process in
        struct NothingHappened: Error {}
        var waits = 0
        while !Disk.files(folder).contains(where: { $0.hasSuffix("/manifest.json") }) {
          waits += 1
          guard waits < 20_000 else { throw NothingHappened() }
          usleep(500)
        }
        for signal in signals { kill(process, signal) }
      }
      #expect([130, 143].contains(stopped.status), "\(stopped.errors)")
      #expect(try folderEntries(folder).isEmpty)
      #expect(stopped.errors.contains("stopping at the next batch"))
      for words in ["saved", "saving", "to go on", folder] {
        #expect(!stopped.errors.contains(words), "\(stopped.errors)")
      }
    }
  }

  @Test func `models that differ by their seed alone have a mean and a deviation`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      // Seeds that were lucky and unlucky: a student twice, and one of its size that learnt otherwise.
      for name in ["model-1", "model-2", "model"] {
        try FileManager.default.copyItem(
          atPath: world.artifact("student"), toPath: folder + "/\(name).h5")
      }
      try Distill.succeed(
        [
          "finetune", "--model", world.artifact("general_student"), "--dataset",
          world.artifact("rows"), "--max-steps", "1", "--output", "model-3.h5",
        ], in: folder)
      let command =
        ["evaluate", "--dataset", world.artifact("rows")]
        + (1...3).flatMap { ["--models", "model-\($0).h5"] }
      let figures = try Distill.object(command + ["--json"], in: folder)
      let metrics = try #require(figures["evaluate"] as? [String: Double])
      let own = try (1...3).map { try #require(metrics["model-\($0).dev_f1"]) }
      let mean = own.reduce(0, +) / 3
      #expect(abs((metrics["mean.model.dev_f1"] ?? 0) - mean) < 1e-12)
      let variance = own.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 2
      #expect(abs((metrics["deviation.model.dev_f1"] ?? 0) - variance.squareRoot()) < 1e-12)
      #expect(!metrics.keys.contains { $0.hasPrefix("mean.") && $0.contains("confusion") })
      let text = try Distill.succeed(command, in: folder)
      #expect(text.lines.count { $0.hasPrefix("model, mean of 3 ") } >= 2)
      #expect(text.output.contains("sd "))
      // Beside a model, numbers tell others of its name from it; and a teacher is no seed of a student.
      try FileManager.default.copyItem(
        atPath: world.artifact("teacher"), toPath: folder + "/model-4.h5")
      for others in [["model.h5", "model-1.h5", "model-2.h5"], ["model-1.h5", "model-4.h5"]] {
        let alone = try Distill.succeed(
          ["evaluate", "--dataset", world.artifact("rows")]
            + others.flatMap { ["--models", $0] }, in: folder)
        #expect(!alone.output.contains("mean of"), "\(alone.output)")
      }
    }
  }

  @Test func `intervals and differences are of the metric that is named`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      let command = [
        "evaluate", "--teacher", world.artifact("teacher"), "--models", world.artifact("student"),
        "--dataset", world.artifact("rows"), "--compare", "student:teacher",
      ]
      let figures = try Distill.object(
        command + ["--metric", "matthews_correlation", "--json"], in: folder)
      let metrics = try #require(figures["evaluate"] as? [String: Double])
      let name = "dev_matthews_correlation"
      let own = try #require(metrics["student.\(name)"])
      let teacher = try #require(metrics["teacher.\(name)"])
      let lower = try #require(metrics["student.\(name)_lower"])
      let upper = try #require(metrics["student.\(name)_upper"])
      #expect(lower <= own && own <= upper && metrics["student.dev_accuracy_lower"] == nil)
      #expect(abs((metrics["student.\(name)_difference"] ?? 9) - (own - teacher)) < 1e-12)
      #expect(abs((metrics["compare.dev_difference"] ?? 9) - (own - teacher)) < 1e-12)

      let none = try Distill.run(command + ["--metric", "pearson"], in: folder)
      #expect(none.status == 64)
      #expect(
        none.errors.contains(
          "--metric: classification has no intervals of 'pearson'; name one of accuracy, f1, "))
    }
  }

  @Test func `a teacher that is among the models, and a split named twice, count once`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      let teacher = world.artifact("teacher")
      let figures = try Distill.object(
        [
          "evaluate", "--teacher", teacher, "--models", teacher, "--models",
          world.artifact("student"), "--splits", "dev,dev", "--dataset", world.artifact("rows"),
          "--compare", "student:teacher", "--output", "p.h5", "--json",
        ], in: folder)
      let metrics = try #require(figures["evaluate"] as? [String: Double])
      #expect(metrics["teacher.dev_accuracy"] != nil && metrics["student.dev_agreement"] != nil)
    }
  }

  @Test func `who is behind the model that it is compared with is told`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      // It says the same of every row.
      let model = try Spoiled.teacher(["negative", "positive"], folder)
      let command = [
        "evaluate", "--models", model, "--models", world.artifact("student"), "--splits", "test",
        "--dataset", world.artifact("rows"), "--compare",
      ]
      let behind = try Distill.run(command + ["teacher:student"], in: folder)
      #expect(
        behind.errors.contains(
          "warning: worse on 'test' by more than chance explains: teacher than student"))
      // Kept, it stays with the record, which a report reads.
      let kept = command + ["teacher:student", "--output", "p.h5"]
      try Distill.succeed(kept, in: folder)
      let shown = try Distill.succeed(["runs", "show", "evaluate", "p.h5"], in: folder)
      #expect(shown.output.contains("warning: worse on 'test'"), "\(shown.output)")
      let ahead = try Distill.run(command + ["student:teacher"], in: folder)
      #expect(ahead.status == 0 && !ahead.errors.contains("worse on"), "\(ahead.errors)")
    }
  }

  @Test func `a teacher's outputs without names of use are named with --teacher-labels`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      let teacher = try Spoiled.teacher(["LABEL_0", "LABEL_1"], folder)
      let command = Command.task(world, teacher: teacher) + ["--allow-weak-teacher"]
      let refused = try Distill.run(command, in: folder)
      #expect(refused.status == 65)
      #expect(refused.errors.contains("name its outputs in order with --teacher-labels"))
      try Distill.succeed(command + ["--teacher-labels", "negative,positive"], in: folder)
    }
  }

  @Test func `outputs without names of use are named with --model-labels`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      let model = try Spoiled.teacher(["LABEL_0", "LABEL_1"], folder)
      let command = [
        "evaluate", "--models", model, "--models", world.artifact("student"), "--dataset",
        world.artifact("rows"), "--json",
      ]
      let refused = try Distill.run(command, in: folder)
      #expect(refused.status == 65)
      let fault = try #require(
        try JSONSerialization.jsonObject(with: Data(refused.errors.utf8)) as? [String: Any])
      let cure = try #require(fault["cure"] as? String)
      #expect(cure.contains("name its outputs in order with --model-labels"))
      let named = try Distill.succeed(
        command + ["--model-labels", "positive,negative"], in: folder)
      let figures = try #require(
        try JSONSerialization.jsonObject(with: Data(named.output.utf8)) as? [String: Any])
      let metrics = try #require(figures["evaluate"] as? [String: Double])
      // The model's classifier says nothing, so that the first output is every row's answer.
      #expect(metrics["teacher.test_accuracy"] == 0.5)
      // The student has names of its own, which stay.
      #expect((metrics["student.test_accuracy"] ?? 0) > 0.9)
      let told = named.errors.split(separator: "\n").filter { $0.contains("--model-labels") }
      #expect(
        told.map { $0.drop { $0 == " " } } == [
          "student: its outputs are named negative, positive, as the dataset's labels are: "
            + "--model-labels does not count for it"
        ])
    }
  }
}
