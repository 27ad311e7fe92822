import Foundation
import TestSupport
import Testing

@testable import Files

@Suite struct FileLockTests {
  @Test func `a held lock names its owner and is free after release`() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/lock"
      let lock = try FileLock.acquire(path)
      #expect {
        _ = try FileLock.acquire(path)
      } throws: { error in
        let error = error as? FileError
        let pid = ProcessInfo.processInfo.processIdentifier
        return error?.kind == .locked && error?.detail.contains("process \(pid) on ") == true
      }
      lock.release()
      _ = try FileLock.acquire(path)
    }
  }

  @Test func `another process that holds the lock keeps us out until it is killed`() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/lock"
      let other = Process()
      other.executableURL = URL(fileURLWithPath: "/usr/bin/flock")
      other.arguments = ["--no-fork", path, "sleep", "60"]
      try other.run()
      // Until it has the lock we may win it; then we give it back and look again.
      var refusal: FileError?
      for _ in 0..<200 where refusal == nil {
        do { try FileLock.acquire(path).release() } catch let error as FileError { refusal = error }
        usleep(10_000)
      }
      #expect(refusal?.kind == .locked)
      kill(other.processIdentifier, SIGKILL)
      other.waitUntilExit()
      _ = try FileLock.acquire(path)
    }
  }

  @Test func `we keep another process out, and programs we start do not inherit the lock`() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/lock"
      let lock = try FileLock.acquire(path)
      let sleeper = Process()
      sleeper.executableURL = URL(fileURLWithPath: "/bin/sleep")
      sleeper.arguments = ["60"]
      try sleeper.run()
      defer { kill(sleeper.processIdentifier, SIGKILL) }
      #expect(try Program.run("/usr/bin/flock", ["--nonblock", path, "true"]).status == 1)
      lock.release()
      #expect(try Program.run("/usr/bin/flock", ["--nonblock", path, "true"]).status == 0)
    }
  }

  @Test func `a lock in a missing folder or on a link is refused`() throws {
    try withTemporaryFolder { folder in
      #expect(throws: FileError.self) { try FileLock.acquire(folder + "/no/lock") }
      try FileManager.default.createSymbolicLink(
        atPath: folder + "/link", withDestinationPath: folder + "/elsewhere")
      #expect(throws: FileError.self) { try FileLock.acquire(folder + "/link") }
      #expect(!fileExists(folder + "/elsewhere"))
    }
  }
}
