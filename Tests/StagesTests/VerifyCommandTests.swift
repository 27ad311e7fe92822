import Foundation
import Interchange
import TestSupport
import Testing

@Suite struct VerifyCommandTests {
  /// Changes one bit of the byte at `place`, counted from the end where it is negative.
  private func flip(_ path: String, at place: Int) throws {
    var bytes = try Disk.bytes(path)
    bytes[place < 0 ? bytes.count + place : place] ^= 4
    try bytes.write(to: URL(fileURLWithPath: path))
  }

  @Test func `a finished pipeline is whole, and nothing is written`() throws {
    let world = try FinishedWorld.shared()
    let before = Disk.files(world.folder)
    let outcome = try Distill.succeed(["verify", "tiny.yaml"], in: world.folder)
    #expect(outcome.lines.count == 1 + 5 + 2 * SmallWorld.stages.count + 1)
    #expect(outcome.lines.dropLast().allSatisfy { $0.hasSuffix(": ok") })
    #expect(outcome.lines.last == "28 ok")
    #expect(Disk.files(world.folder) == before)
    let report = try Distill.object(["verify", "tiny.yaml", "--json"], in: world.folder)
    #expect(report["ok"] as? Bool == true)
    #expect((report["things"] as? [[String: Any]])?.count == 28)
  }

  @Test func `damage, loss and change are told, each with its code`() throws {
    try FinishedWorld.shared().withCopy { folder in
      func verify() throws -> Program.Outcome {
        try Distill.run(["verify", "tiny.yaml"], in: folder)
      }
      try Disk.write("sentence\tlabel\nfine\tpositive\n", to: folder + "/test.tsv")
      let changed = try verify()
      #expect(changed.status == 0)
      #expect(changed.output.contains("\ntest.tsv: changed: is not what dataset read\n"))
      try FileManager.default.removeItem(atPath: folder + "/dev.tsv")
      let missing = try verify()
      #expect(missing.status == 66)
      #expect(missing.output.contains("\ndev.tsv: missing\n"))
      let artifacts = folder + "/.distill/tiny/artifacts"
      try flip(artifacts + "/student.h5", at: 4000)
      try flip(artifacts + "/student_folder/model.safetensors", at: -1)
      let damaged = try verify()
      #expect(damaged.status == 65)
      #expect(damaged.output.contains("/student.h5: damaged: "))
      #expect(damaged.output.contains("/student_folder: damaged: "))
      #expect(damaged.lines.last == "24 ok, 2 damaged, 1 missing, 1 changed")
    }
  }

  @Test func `two whole artifacts in each other's place are not what their stages wrote`() throws {
    try FinishedWorld.shared().withCopy { folder in
      let artifacts = folder + "/.distill/tiny/artifacts"
      let student = try Disk.bytes(artifacts + "/student.h5")
      try Disk.bytes(artifacts + "/baseline.h5").write(
        to: URL(fileURLWithPath: artifacts + "/student.h5"))
      try student.write(to: URL(fileURLWithPath: artifacts + "/baseline.h5"))
      let outcome = try Distill.run(["verify", "tiny.yaml"], in: folder)
      #expect(outcome.status == 65)
      #expect(outcome.lines.last == "26 ok, 2 damaged")
    }
  }

  @Test func `a damaged manifest is told, and outputs are taken at their own word`() throws {
    try FinishedWorld.shared().withCopy { folder in
      let path = folder + "/.distill/tiny/manifest.json"
      try Disk.write(try Disk.text(path) + " ", to: path)
      let outcome = try Distill.run(["verify", "tiny.yaml"], in: folder)
      #expect(outcome.status == 65)
      #expect(outcome.output.contains("manifest.json: damaged: "))
      #expect(outcome.lines.last == "21 ok, 1 damaged")
    }
  }

  @Test func `every flipped bit of an artifact is found by its own seal`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      let path = folder + "/a.h5"
      let bytes = try Disk.bytes(world.artifact("predictions"))
      try bytes.write(to: URL(fileURLWithPath: path))
      #expect(try Distill.succeed(["verify", path], in: folder).lines == ["\(path): ok", "1 ok"])
      for place in stride(from: 0, to: bytes.count, by: bytes.count / 20) {
        try flip(path, at: place)
        let outcome = try Distill.run(["verify", path], in: folder)
        #expect(outcome.status == 65, "byte \(place): \(outcome.output)")
        #expect(outcome.output.hasPrefix("\(path): damaged: "))
        try flip(path, at: place)
      }
      try bytes.dropLast(1).write(to: URL(fileURLWithPath: path))
      #expect(try Distill.run(["verify", path], in: folder).status == 65)
    }
  }

  @Test func `sealed safetensors and folders of them are verified by their seals`() throws {
    try withTemporaryFolder { folder in
      try FileManager.default.createDirectory(
        atPath: folder + "/kept/more", withIntermediateDirectories: true)
      for name in ["kept/a.safetensors", "kept/more/b.safetensors"] {
        try SafetensorsWriter.write(
          to: folder + "/" + name, isSealed: true, tensors: [("x", [3], [1, 2, 3])])
      }
      try Disk.write("a remark", to: folder + "/kept/notes.txt")
      let whole = try Distill.succeed(["verify", "kept"], in: folder)
      #expect(
        whole.lines == ["kept/a.safetensors: ok", "kept/more/b.safetensors: ok", "2 ok"])
      try flip(folder + "/kept/a.safetensors", at: -40)
      let damaged = try Distill.run(["verify", "kept/a.safetensors", "kept/more"], in: folder)
      #expect(damaged.status == 65)
      #expect(damaged.lines.last == "1 ok, 1 damaged")
    }
  }

  @Test func `what carries no seal cannot be verified, what is not there is missing`() throws {
    let world = try FinishedWorld.shared()
    for path in ["train.tsv", "encoder", "encoder/model.safetensors"] {
      let outcome = try Distill.run(["verify", path], in: world.folder)
      #expect(outcome.status == 64)
      #expect(outcome.lines.first == "\(path): nothing to verify it against")
    }
    let missing = try Distill.run(["verify", "nothing.h5"], in: world.folder)
    #expect(missing.status == 66)
    #expect(missing.lines == ["nothing.h5: missing", "1 missing"])
    #expect(try Distill.run(["verify"], in: world.folder).status == 64)
    #expect(
      try Distill.run(["verify", "train.tsv", "--set", "seed=1"], in: world.folder).status == 64)
  }

  @Test func `a workspace is verified without its pipeline file`() throws {
    let world = try FinishedWorld.shared()
    let outcome = try Distill.succeed(["verify", world.folder + "/.distill/tiny"], in: "/")
    #expect(outcome.lines.last == "23 ok")
    try withTemporaryFolder { folder in
      try Distill.succeed(
        [
          "dataset", "--train", world.folder + "/train.tsv", "--tokenizer",
          world.folder + "/encoder",
          "--output", "rows.h5",
        ], in: folder)
      let command = try Distill.succeed(["verify", "rows.h5.distill"], in: folder)
      #expect(command.lines.count == 4 && command.lines.last == "3 ok")
      #expect(command.lines.prefix(2) == ["rows.h5.distill/manifest.json: ok", "rows.h5: ok"])
      #expect(command.lines[2].hasPrefix("rows.h5.distill/runs/"))
    }
  }
}
