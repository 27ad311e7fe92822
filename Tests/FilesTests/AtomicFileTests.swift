import Foundation
import TestSupport
import Testing

@testable import Files

@Suite struct AtomicFileTests {
  private struct Stop: Error, Equatable {}

  private func text(_ path: String) throws -> String {
    try BoundedReader.text(at: path, limit: 1 << 20)
  }

  @Test func `a file is replaced by exactly what was written`() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/a.txt"
      try AtomicFile.write("old", to: path)
      let digest = try AtomicFile.write("new content", to: path)
      #expect(try text(path) == "new content")
      #expect(digest == Digest.of("new content"))
      #expect(try folderEntries(folder) == ["a.txt"])
    }
  }

  @Test func `pieces larger and smaller than the buffer arrive in order`() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/a.bin"
      var expected: [UInt8] = []
      let digest = try AtomicFile.stream(to: path) { writer in
        for size in [0, 1, 1 << 20, 3, (1 << 20) - 2, 2 << 20, 7, 1 << 19] {
          let piece = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ size) }
          try writer.write(piece)
          expected += piece
          #expect(writer.count == expected.count)
          #expect(try writer.digestSoFar() == Digest.of(expected))
        }
      }
      #expect(try BoundedReader.bytes(at: path, limit: 1 << 24) == expected)
      #expect(digest == Digest.of(expected))
    }
  }

  @Test func `numbers are written little-endian`() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/a.bin"
      try AtomicFile.stream(to: path) { writer in
        try writer.write([Int32(0x0102_0304)])
        try writer.write([Float(1)])
        try writer.write("z")
      }
      #expect(
        try BoundedReader.bytes(at: path, limit: 100) == [4, 3, 2, 1, 0, 0, 0x80, 0x3F, 0x7A])
    }
  }

  @Test func `a body that fails leaves the old file and no other`() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/a.txt"
      try AtomicFile.write("old", to: path)
      #expect(throws: Stop.self) {
        try AtomicFile.stream(to: path) { writer in
          try writer.write([UInt8](repeating: 7, count: 3 << 20))
          throw Stop()
        }
      }
      #expect(throws: Stop.self) {
        try AtomicFile.replace(path) { temporary in
          try Data("half".utf8).write(to: URL(fileURLWithPath: temporary))
          throw Stop()
        }
      }
      #expect(try text(path) == "old")
      #expect(try folderEntries(folder) == ["a.txt"])
    }
  }

  @Test func `a body that replaces the temporary file is found out`() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/a.txt"
      #expect {
        try AtomicFile.replace(path) { temporary in
          try removeFile(temporary)
          try Data("other".utf8).write(to: URL(fileURLWithPath: temporary))
        }
      } throws: { error in
        (error as? FileError)?.kind == .changed
      }
      #expect(!fileExists(path))
    }
  }

  @Test func `a full device is reported as such`() throws {
    // A device that answers every write with ENOSPC; it can be opened, though not replaced.
    let descriptor = try Descriptor.open("/dev/full", flags: O_WRONLY, operation: "cannot open")
    var writer = FileWriter(descriptor)
    try writer.write([UInt8](repeating: 0, count: 100))
    do {
      _ = try writer.finish()
      Issue.record("no error")
    } catch let error as FileError {
      #expect(error.kind == .noSpace)
      #expect(error.description == "/dev/full: cannot write: No space left on device")
    }
  }

  @Test(arguments: ["/dev/null", "/", ".", "..", "", "/tmp/", "a\0b"])
  func `what is not a file is not replaced by one`(path: String) {
    #expect {
      try AtomicFile.write("x", to: path)
    } throws: { error in
      (error as? FileError)?.kind == .cannotCreate
    }
  }

  @Test func `a missing folder is named`() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/no/a.txt"
      #expect {
        try AtomicFile.write("x", to: path)
      } throws: { error in
        let error = error as? FileError
        return error?.kind == .cannotCreate && error?.path == path
          && error?.detail.contains("\(folder)/no") == true
      }
    }
  }

  @Test func `a link is written through, a link to nothing refused`() throws {
    try withTemporaryFolder { folder in
      try ensureDirectory(folder + "/real")
      try AtomicFile.write("old", to: folder + "/real/a.txt")
      let manager = FileManager.default
      try manager.createSymbolicLink(
        atPath: folder + "/link.txt", withDestinationPath: "real/a.txt")
      try AtomicFile.write("new", to: folder + "/link.txt")
      #expect(try text(folder + "/real/a.txt") == "new")
      #expect(try manager.destinationOfSymbolicLink(atPath: folder + "/link.txt") == "real/a.txt")
      try manager.createSymbolicLink(atPath: folder + "/dangling", withDestinationPath: "nothing")
      #expect(throws: FileError.self) { try AtomicFile.write("x", to: folder + "/dangling") }
      #expect(!fileExists(folder + "/nothing"))
    }
  }

  @Test func `the file gets the permissions of any new file`() throws {
    try withTemporaryFolder { folder in
      try AtomicFile.write("x", to: folder + "/a")
      _ = FileManager.default.createFile(atPath: folder + "/b", contents: nil)
      let modes = try ["a", "b"].map {
        try FileManager.default.attributesOfItem(atPath: folder + "/" + $0)[.posixPermissions]
          as? Int
      }
      #expect(modes[0] == 0o666 & ~Int(mask()))
    }
  }

  private func mask() -> mode_t {
    let text = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = text.split(separator: "\n").first { $0.hasPrefix("Umask:") } ?? ""
    return mode_t(line.split(separator: "\t").last ?? "", radix: 8) ?? 0
  }

  @Test func `left-overs go, files still being written stay`() throws {
    try withTemporaryFolder { folder in
      try AtomicFile.write("keep", to: folder + "/a.txt")
      _ = FileManager.default.createFile(
        atPath: folder + "/.distill-partial-4711-abc", contents: Data("half".utf8))
      try AtomicFile.replace(folder + "/b.txt") { temporary in
        let removed = try AtomicFile.removeLeftovers(in: folder)
        #expect(removed == 1)
        #expect(fileExists(temporary))
      }
      #expect(try folderEntries(folder) == ["a.txt", "b.txt"])
    }
  }
}
