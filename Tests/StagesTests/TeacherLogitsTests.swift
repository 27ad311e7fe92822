import Foundation
import HDF5
import TestSupport
import Testing

@Suite struct TeacherLogitsTests {
  /// `distill prediction` for a student that keeps no logits.
  private func prediction(
    _ world: FinishedWorld, _ student: String, dataset: String = "augmented", output: String,
    _ more: [String] = []
  ) -> [String] {
    [
      "prediction", "--teacher", world.artifact("teacher"), "--student", student, "--dataset",
      world.artifact(dataset), "--output", output,
    ] + SmallWorld.flags(SmallWorld.prediction) + SmallWorld.flags(SmallWorld.batch) + more
  }

  /// The kept logits in a workspace.
  private func kept(_ workspace: String) -> [String] {
    Disk.files(workspace + "/cache").filter {
      $0.hasPrefix("teacher-logits-") && $0.hasSuffix(".h5")
    }
    .map { "\(workspace)/cache/\($0)" }
  }

  @Test func `logits that the intermediate phase keeps are those that the teacher gives`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      #expect(world.outcome.errors.contains("those kept by the intermediate phase are used"))
      #expect(kept(world.folder + "/.distill/tiny").isEmpty)
      let student = folder + "/bare.h5"
      try copyWithoutLogits(world.artifact("intermediate_student"), to: student)
      var made: [Data] = []
      for threads in ["1", "2"] {
        let run = try Distill.succeed(
          prediction(world, student, output: "\(threads).h5", ["--threads", threads]), in: folder)
        #expect(run.errors.contains("teacher logits: computed once"))
        let path = try #require(kept("\(folder)/\(threads).h5.distill").first)
        let reader = try ArtifactReader(path: path, expecting: "logits")
        #expect(try reader.recomputeContentDigest() == reader.contentDigest)
        let recorded = try ArtifactReader(path: world.artifact("intermediate_student"))
        #expect(
          Comparison(
            try reader.floats("logits").map(Double.init),
            try recorded.floats("teacher/logits").map(Double.init),
            within: .forward
          ).isClose)
        made.append(try Disk.bytes(path))
      }
      #expect(made[0] == made[1])
      #expect(try Disk.content(folder + "/1.h5") == Disk.content(folder + "/2.h5"))
    }
  }

  @Test func `kept logits are used while they are whole and of the same rows`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      let student = folder + "/bare.h5"
      try copyWithoutLogits(world.artifact("intermediate_student"), to: student)
      // What was made once is made again.
      let workspace = ["--workspace", folder + "/w", "--no-run-cache"]
      try Distill.succeed(prediction(world, student, output: "first.h5", workspace), in: folder)
      let path = try #require(kept(folder + "/w").first)
      let whole = try Disk.bytes(path)
      let used = try Distill.succeed(
        prediction(world, student, output: "used.h5", workspace), in: folder)
      #expect(used.errors.contains("\(path) is used"))
      #expect(try Disk.content(folder + "/used.h5") == Disk.content(folder + "/first.h5"))

      var bytes = whole
      bytes[bytes.count / 2] ^= 1
      try bytes.write(to: URL(fileURLWithPath: path))
      let again = try Distill.succeed(
        prediction(world, student, output: "second.h5", workspace), in: folder)
      #expect(again.errors.contains("teacher logits: those kept cannot be used"))
      #expect(try Disk.bytes(path) == whole)
      #expect(try Disk.content(folder + "/second.h5") == Disk.content(folder + "/first.h5"))

      // Whole, under the right name, but of other rows.
      let other = try Distill.succeed(
        prediction(
          world, world.artifact("intermediate_student"), dataset: "rows", output: "third.h5",
          workspace), in: folder)
      #expect(other.errors.contains("teacher logits: computed once"))
      let foreign = try #require(kept(folder + "/w").first { $0 != path })
      try Disk.bytes(foreign).write(to: URL(fileURLWithPath: path))
      let last = try Distill.succeed(
        prediction(world, student, output: "fourth.h5", workspace), in: folder)
      #expect(last.errors.contains("is of another teacher or other rows"))
      #expect(try Disk.bytes(path) == whole)
    }
  }

  /// Writes an intermediate student again as if its phase had been shorter than an epoch.
  private func copyWithoutLogits(_ path: String, to copy: String) throws {
    let reader = try ArtifactReader(path: path)
    var description = try #require(
      try JSONSerialization.jsonObject(with: Data(reader.configuration)) as? [String: Any])
    #expect(description.removeValue(forKey: "teacher_logits") != nil)
    let configuration = try JSONSerialization.data(
      withJSONObject: description, options: [.sortedKeys, .withoutEscapingSlashes])
    try ArtifactWriter.write(
      to: copy, kind: reader.kind, configuration: Array(configuration), inputs: reader.inputs,
      createdBy: reader.createdBy
    ) { body in
      for dataset in reader.datasets where dataset.name != "teacher/logits" {
        try body.copy(dataset, from: reader)
      }
    }
  }
}
