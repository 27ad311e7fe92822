import Foundation
import TestSupport
import Testing

@testable import Files

@Suite struct BoundedReaderTests {
  private func kind(_ body: () throws -> Void) -> FileError.Kind? {
    do { try body() } catch { return (error as? FileError)?.kind }
    return nil
  }

  @Test func `files that are no files are refused at once`() throws {
    try withTemporaryFolder { folder in
      #expect(unsafe mkfifo(folder + "/pipe", 0o600) == 0)
      let manager = FileManager.default
      _ = manager.createFile(atPath: folder + "/sparse", contents: nil)
      #expect(unsafe truncate(folder + "/sparse", 1 << 40) == 0)
      for (path, expected) in [
        (folder + "/pipe", FileError.Kind.notRegular), (folder, .notRegular),
        ("/dev/zero", .notRegular), (folder + "/none", .missing), (folder + "/none/x", .missing),
        (folder + "/sparse", .tooLarge), ("a\0b", .escapes),
      ] {
        #expect(
          kind { _ = try BoundedReader.bytes(at: path, limit: 1 << 20) } == expected, "\(path)")
      }
      #expect(kind { _ = try LineReader(folder + "/pipe") } == .notRegular)
      #expect(kind { _ = try Digest.ofFile("/dev/zero") } == .notRegular)
    }
  }

  @Test func `a file of just the limit is read, one byte more refused`() throws {
    try withTemporaryFolder { folder in
      try AtomicFile.write("12345", to: folder + "/a")
      #expect(try BoundedReader.text(at: folder + "/a", limit: 5) == "12345")
      #expect(kind { _ = try BoundedReader.bytes(at: folder + "/a", limit: 4) } == .tooLarge)
    }
  }

  @Test func `text loses its byte order mark and names the line of a bad byte`() throws {
    try withTemporaryFolder { folder in
      try AtomicFile.write("\u{FEFF}a\nb", to: folder + "/a")
      #expect(try BoundedReader.text(at: folder + "/a", limit: 100) == "a\nb")
      try AtomicFile.write([0x61, 0x0A, 0x0A, 0x62, 0x80], to: folder + "/b")
      #expect {
        try BoundedReader.text(at: folder + "/b", limit: 100)
      } throws: { error in
        (error as? FileError)?.detail == "line 3: byte 4 is not valid UTF-8"
      }
    }
  }

  @Test func `a file cut short while it is read gives an error, not a signal`() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/a"
      try AtomicFile.write([UInt8](repeating: 1, count: 1 << 20), to: path)
      let file = try RegularFile(path)
      #expect(try file.read(at: 100, count: 2, as: Int32.self) == [0x0101_0101, 0x0101_0101])
      #expect(unsafe truncate(path, 1000) == 0)
      #expect(kind { _ = try file.read(at: 0, count: 1 << 20, as: UInt8.self) } == .changed)
      #expect(kind { _ = try file.digest(of: 0..<1000) } == .changed)
    }
  }
}
