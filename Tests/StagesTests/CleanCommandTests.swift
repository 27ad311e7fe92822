import Files
import Foundation
import TestSupport
import Testing

@Suite struct CleanCommandTests {
  @Test func `a renamed output leaves the old one behind until it is cleaned away`() throws {
    try FinishedWorld.shared().withCopy { folder in
      let text = try Disk.text(folder + "/tiny.yaml")
      try Disk.write(
        text.replacing("output: predictions", with: "output: scores"), to: folder + "/tiny.yaml")
      try Distill.succeed(["run", "tiny.yaml"], in: folder)
      let artifacts = folder + "/.distill/tiny/artifacts"
      try Disk.write("mine", to: folder + "/.distill/tiny/notes.txt")
      let before = Disk.files(folder)
      let dry = try Distill.succeed(["clean", "tiny.yaml", "--dry-run"], in: folder)
      #expect(dry.lines.count == 2)
      #expect(dry.lines[0].contains("artifacts/predictions.h5: "))
      #expect(dry.lines[1].hasSuffix(" in 1 place would be removed"))
      #expect(Disk.files(folder) == before)
      let report = try Distill.object(["clean", "tiny.yaml", "--json"], in: folder)
      let removed = try #require(report["removed"] as? [[String: Any]])
      #expect(removed.count == 1)
      #expect(removed[0]["bytes"] as? Int == report["bytes"] as? Int)
      #expect(
        Set(before).subtracting(Disk.files(folder)) == [".distill/tiny/artifacts/predictions.h5"])
      #expect(FileManager.default.fileExists(atPath: artifacts + "/scores.h5"))
      #expect(try Distill.run(["status", "tiny.yaml", "--check"], in: folder).status == 0)
    }
  }

  @Test func `while a process runs here, or with a damaged manifest, nothing is removed`() throws {
    try FinishedWorld.shared().withCopy { folder in
      let workspace = folder + "/.distill/tiny"
      try Disk.write("old", to: workspace + "/artifacts/old.h5")
      let lock = try FileLock.acquire(workspace + "/lock")
      #expect(try Distill.run(["clean", "tiny.yaml"], in: folder).status == 75)
      lock.release()
      let text = try Disk.text(workspace + "/manifest.json")
      try Disk.write(text.replacing("\"done\"", with: "\"gone\""), to: workspace + "/manifest.json")
      #expect(try Distill.run(["clean", "tiny.yaml"], in: folder).status == 65)
      #expect(FileManager.default.fileExists(atPath: workspace + "/artifacts/old.h5"))
      try Disk.write(text, to: workspace + "/manifest.json")
      try Distill.succeed(["clean", "tiny.yaml"], in: folder)
      #expect(!FileManager.default.fileExists(atPath: workspace + "/artifacts/old.h5"))
    }
  }

  @Test func `where nothing has run there is nothing to clean`() throws {
    try withTemporaryFolder { folder in
      _ = try SmallWorld(in: folder)
      #expect(try Distill.run(["clean", "tiny.yaml"], in: folder).status == 66)
    }
  }
}
