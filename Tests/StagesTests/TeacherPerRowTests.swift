import Artifacts
import Foundation
import HDF5
import TestSupport
import Testing

/// Rows that name the teacher which they are asked of.
@Suite struct TeacherPerRowTests {
  /// Writes the world's rows with a column of teachers, as columns or as objects.
  private func write(
    _ world: FinishedWorld, _ split: String, to path: String, naming: (Int) -> String?
  ) throws {
    let lines = try Disk.text("\(world.folder)/\(split).tsv").split(separator: "\n")
    var text = path.hasSuffix(".tsv") ? "\(lines[0])\texpert\n" : ""
    for (number, line) in lines.dropFirst().enumerated() {
      let name = naming(number)
      if path.hasSuffix(".tsv") {
        text += "\(line)\t\(name ?? "")\n"
      } else {
        let parts = line.split(separator: "\t")
        text +=
          #"{"sentence":"\#(parts[0])","label":"\#(parts[1])""#
          + (name.map { #","expert":"\#($0)""# } ?? "") + "}\n"
      }
    }
    try Disk.write(text, to: path)
  }

  private func dataset(
    _ world: FinishedWorld, train: String, dev: String? = nil, output: String = "rows.h5"
  ) -> [String] {
    [
      "dataset", "--train", train, "--dev", dev ?? world.folder + "/dev.tsv", "--tokenizer",
      world.folder + "/encoder", "--teacher-column", "expert", "--max-seq-length", "32",
      "--output", output,
    ]
  }

  private func prediction(
    _ world: FinishedWorld, teachers: [String], output: String = "s.h5", rows: String = "rows.h5",
    _ more: [String] = []
  ) -> [String] {
    ["prediction"] + teachers.flatMap { ["--teacher", $0] }
      + [
        "--student", world.artifact("general_student"), "--dataset", rows, "--output", output,
        "--max-steps", "3", "--workspace", "w", "--no-run-cache",
      ] + more
  }

  /// A second teacher of the same rows.
  private func train(_ world: FinishedWorld, in folder: String) throws -> [String] {
    try Distill.succeed(
      [
        "finetune", "--model", world.folder + "/encoder", "--dataset", world.artifact("rows"),
        "--output", "b.h5", "--num-train-epochs", "8", "--learning-rate", "2e-3",
        "--per-device-train-batch-size", "8", "--seed", "9",
      ], in: folder)
    return [world.artifact("teacher"), "b.h5"]
  }

  private func weights(_ path: String) throws -> [Float] {
    try ArtifactReader(path: path).floats("weights/classifier.weight")
  }

  private func names(_ path: String, _ split: String) throws -> [String] {
    try PackedStrings(ArtifactReader(path: path), group: "\(split)/teacher/name").strings()
  }

  @Test(arguments: ["rows.tsv", "rows.jsonl"])
  func `each row is asked of the teacher that it names`(file: String) throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      let teachers = try train(world, in: folder)
      let ending = file.hasSuffix(".tsv") ? ".tsv" : ".jsonl"
      try write(world, "train", to: "\(folder)/\(file)") { $0 % 4 == 0 ? "late" : "early" }
      try write(world, "dev", to: folder + "/dev" + ending) { $0 / 2 % 2 == 0 ? "late" : "early" }
      try Distill.succeed(dataset(world, train: file, dev: "dev" + ending), in: folder)
      #expect(try names(folder + "/rows.h5", "train").count { $0 == "late" } == 16)
      let run = try Distill.succeed(
        prediction(world, teachers: teachers, ["--teacher-names", "early,late"]), in: folder)
      #expect(run.errors.contains("48 rows name it (early)"), "\(run.errors)")
      #expect(run.errors.contains("b.h5: 16 rows name it (late)"))
      #expect(run.errors.contains("named teachers accuracy"))
      // What each said of its own rows is what it says of them among all.
      try Distill.succeed(
        prediction(world, teachers: teachers, output: "all.h5"), in: folder)
      let kept = try Disk.files(folder + "/w/cache").filter { $0.hasSuffix(".h5") }
        .map { try ArtifactReader(path: "\(folder)/w/cache/\($0)") }
      let shapes = kept.map { $0.datasets.first?.shape ?? [] }
      #expect(shapes.sorted { $0[0] < $1[0] } == [[16, 2], [48, 2], [64, 2], [64, 2]])
      let late = try #require(kept.first { $0.datasets.first?.shape == [16, 2] }).floats("logits")
      #expect(
        try kept.contains { reader in
          guard reader.datasets.first?.shape == [64, 2] else { return false }
          let all = try reader.floats("logits")
          let own = stride(from: 0, to: 128, by: 8).flatMap { [all[$0], all[$0 + 1]] }
          return Comparison(
            late.map(Double.init), own.map(Double.init), within: .forward
          ).isClose
        })
    }
  }

  @Test func `rows that all name one teacher are taught as by it alone`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      let teachers = try train(world, in: folder)
      try write(world, "train", to: folder + "/rows.tsv") { _ in "first" }
      let made = try Distill.succeed(dataset(world, train: "rows.tsv"), in: folder)
      #expect(made.errors.contains("its rows name no teacher"), "\(made.errors)")
      let run = try Distill.succeed(
        prediction(world, teachers: teachers, ["--teacher-names", "first,other"]), in: folder)
      #expect(run.errors.contains("0 rows name it (other)"))
      #expect(run.errors.contains("the development rows name no teacher"))
      let one = try Distill.succeed(
        prediction(world, teachers: [teachers[0]], output: "one.h5"), in: folder)
      #expect(one.errors.contains("which is not heeded: there is one for all"))
      #expect(try weights(folder + "/s.h5") == weights(folder + "/one.h5"))
      let all = try Distill.succeed(
        prediction(world, teachers: teachers, output: "all.h5"), in: folder)
      #expect(all.errors.contains("which is not heeded: each is asked of all rows"))
    }
  }

  @Test func `a rewrite is asked of the teacher of its original`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      try write(world, "train", to: folder + "/rows.tsv") { "t\($0)" }
      try Distill.succeed(dataset(world, train: "rows.tsv"), in: folder)
      try Distill.succeed(
        [
          "augment", "--dataset", "rows.h5", "--embedding-model", world.folder + "/encoder",
          "--rewrites", "2", "--output", "more.h5",
        ], in: folder)
      let before = try names(folder + "/rows.h5", "train")
      let after = try names(folder + "/more.h5", "train")
      #expect(after.count > before.count && Set(after) == Set(before))
      // Rewrites follow their original.
      #expect(after.indices.dropFirst().count { after[$0] != after[$0 - 1] } == before.count - 1)
    }
  }

  @Test func `a name that no teacher has, and a row without one, are told where they stand`() throws
  {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      let teachers = try train(world, in: folder)
      try write(world, "train", to: folder + "/rows.tsv") { $0 == 6 ? nil : "a" }
      let empty = try Distill.run(dataset(world, train: "rows.tsv"), in: folder)
      #expect(
        empty.status == 65 && empty.errors.contains("rows.tsv:8: names no teacher under 'expert'"))
      try write(world, "train", to: folder + "/rows.tsv") { $0 == 6 ? "c" : "a" }
      try Distill.succeed(dataset(world, train: "rows.tsv"), in: folder)
      let words = prediction(world, teachers: teachers, ["--teacher-names", "a,b"])
      let unknown = try Distill.run(words, in: folder)
      #expect(unknown.status == 65 && unknown.errorLines.count == 1, "\(unknown.errors)")
      #expect(
        unknown.errors.contains(
          "row 7, from 1, of 'train' names the teacher 'c', which is none of a, b; give that one too"
        ))
      // As it says.
      try FileManager.default.copyItem(atPath: folder + "/b.h5", toPath: folder + "/c.h5")
      try Distill.succeed(
        prediction(world, teachers: teachers + ["c.h5"], ["--teacher-names", "a,b,c"]), in: folder)
    }
  }

  @Test(arguments: [
    (
      ["--teacher-names", "a"],
      "1 different names for 2 teachers; name each in their order, such as --teacher-names name1,name2"
    ),
    (["--teacher-names", "a,a"], "1 different names for 2 teachers"),
    (
      ["--teacher-names", "a,b", "--teacher-weights", "1,2"],
      "would do nothing beside --teacher-names"
    ),
  ])
  func `names that do not fit the teachers are refused`(options: [String], told: String) throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      try FileManager.default.copyItem(atPath: world.artifact("teacher"), toPath: folder + "/b.h5")
      let run = try Distill.run(
        prediction(
          world, teachers: [world.artifact("teacher"), "b.h5"], rows: world.artifact("rows"),
          options), in: folder)
      #expect(run.status == 64 && run.errors.contains(told), "\(run.errors)")
      let unnamed = try Distill.run(
        prediction(
          world, teachers: [world.artifact("teacher"), "b.h5"], rows: world.artifact("rows"),
          ["--teacher-names", "a,b"]), in: folder)
      #expect(
        unnamed.status == 65 && unnamed.errors.contains("make it with --teacher-column, or leave"))
    }
  }

  @Test func `the column is refused where rows have none`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      let run = try Distill.run(
        dataset(world, train: world.folder + "/train.tsv") + ["--glue", "sst-2"], in: folder)
      #expect(run.status == 64 && run.errors.contains("--teacher-column: given beside glue"))
      let missing = try Distill.run(dataset(world, train: world.folder + "/train.tsv"), in: folder)
      #expect(missing.status == 65 && missing.errors.contains("has no column 'expert'"))
    }
  }
}
