import Foundation
import TestSupport
import Testing

@testable import Files

@Suite struct OwnerFileTests {
  /// What a process that has taken the lock has written.
  private func ownLines(_ path: String) throws -> [String] {
    let owner = try OwnerFile.take(path)
    defer { owner.release() }
    return try BoundedReader.text(at: path, limit: 4096).split(separator: "\n").map(String.init)
  }

  private func write(_ lines: [String], to path: String) throws {
    try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: URL(fileURLWithPath: path))
  }

  @Test func `the file of a living process is respected, and gone after release`() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/owner"
      let owner = try OwnerFile.take(path)
      let error = #expect(throws: FileError.self) { try OwnerFile.take(path) }
      #expect(error?.kind == .locked)
      #expect(error?.detail.contains("in use by process \(getpid()) on ") == true)
      owner.release()
      #expect(!fileExists(path))
    }
  }

  @Test func `the file of a process that is gone is taken over`() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/owner"
      let lines = try ownLines(path)
      let sleeper = Process()
      sleeper.executableURL = URL(fileURLWithPath: "/bin/true")
      try sleeper.run()
      sleeper.waitUntilExit()
      // A process that has ended, and one whose number another has now.
      for gone in [
        [lines[0], "process \(sleeper.processIdentifier)", lines[2], lines[3]],
        [lines[0], lines[1], "1", lines[3]],
      ] {
        try write(gone, to: path)
        #expect(try ownLines(path) == lines)
        #expect(try folderEntries(folder) == [])
      }
    }
  }

  @Test func `the file of another machine is refused, and its cure works`() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/owner"
      let lines = try ownLines(path)
      for other in [
        ["elsewhere", lines[1], lines[2], lines[3]],
        [lines[0], lines[1], lines[2], "another boot"],
      ] {
        try write(other, to: path)
        let error = #expect(throws: FileError.self) { try OwnerFile.take(path) }
        #expect(error?.kind == .locked && error?.path == path)
        #expect(error?.detail.hasPrefix("\(lines[1]) on \(other[0]) holds the lock") == true)
        #expect(error?.detail.hasSuffix("if it does not, remove this file") == true)
        try removeFile(path)
        try OwnerFile.take(path).release()
      }
    }
  }

  @Test func `a lock file is as open to a group as the mask says`() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/lock"
      let mask = umask(0o002)
      try FileLock.acquire(path).release()
      umask(mask)
      let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
      #expect(mode == 0o664)
    }
  }
}
