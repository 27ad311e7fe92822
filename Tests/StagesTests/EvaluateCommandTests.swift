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
      #expect(Disk.files(folder).isEmpty)
      let headers = text.lines.filter { $0.contains("model") }
      #expect(headers.count == 2)
      for words in ["dev: model", "parameters", "accuracy", "f1", "matthews correlation"]
        + ["agreement", "accuracy to teacher", "tokens/s"]
      {
        #expect(headers.first?.contains(words) == true, "\(words)")
      }
      #expect(text.lines.count { $0.hasPrefix("student ") } == 2)
      #expect(text.lines.count { $0.hasPrefix("teacher ") } == 2)

      let figures = try Distill.object(command + ["--json"], in: folder)
      let metrics = try #require(figures["evaluate"] as? [String: Double])
      let own = try #require(metrics["student.test_accuracy"])
      let teacher = try #require(metrics["teacher.test_accuracy"])
      #expect(metrics["student.test_accuracy_difference"] == own - teacher)
      #expect(metrics["student.test_f1"] != nil)
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
      #expect(refused.errorLines.count == 1)
      #expect(refused.errors.contains("name its outputs in order with --model-labels"))
      let figures = try Distill.object(
        command + ["--model-labels", "positive,negative"], in: folder)
      let metrics = try #require(figures["evaluate"] as? [String: Double])
      // The model's classifier says nothing, so that the first output is every row's answer.
      #expect(metrics["teacher.test_accuracy"] == 0.5)
      // The student has names of its own, which stay.
      #expect((metrics["student.test_accuracy"] ?? 0) > 0.9)
    }
  }
}
