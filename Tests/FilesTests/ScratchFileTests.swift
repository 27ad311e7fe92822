import Glibc
import TestSupport
import Testing

@testable import Files

@Suite struct ScratchFileTests {
  @Test func `what was appended is read at any place, across the pieces it was written in`() throws
  {
    try withTemporaryFolder { folder in
      let file = try ScratchFile(in: folder)
      var numbers = ArbitraryNumbers(8)
      var narrow: [UInt16] = []
      while narrow.count < 400_000 {
        let piece = (0..<numbers.below(5000)).map { _ in UInt16(numbers.below(1 << 16)) }
        try file.append(piece)
        narrow += piece
      }
      let wide: [Int64] = [.min, -1, 0, .max]
      try file.append(wide)
      try file.finish()
      #expect(file.size == 2 * narrow.count + 32)
      for _ in 0..<500 {
        let start = numbers.below(narrow.count)
        let count = numbers.below(min(3000, narrow.count - start))
        let read = try file.read(at: 2 * start, count: count, as: UInt16.self)
        #expect(read == Array(narrow[start..<start + count]))
      }
      #expect(try file.read(at: 2 * narrow.count, count: 4, as: Int64.self) == wide)
      #expect(try file.read(at: 0, count: narrow.count, as: UInt16.self) == narrow)
      #expect(try file.read(at: file.size, count: 0, as: Int32.self) == [])
    }
  }

  @Test func `it has no name and leaves nothing behind`() throws {
    try withTemporaryFolder { folder in
      let file = try ScratchFile(in: folder)
      try file.append([Int32](repeating: 7, count: 1 << 17))
      #expect(try folderEntries(folder) == [])
      try file.finish()
      #expect(try folderEntries(folder) == [])
      #expect(try file.read(at: 40, count: 1, as: Int32.self) == [7])
    }
  }

  @Test func `a folder that is missing is named`() throws {
    #expect {
      _ = try ScratchFile(in: "/nowhere/at/all")
    } throws: { error in
      (error as? FileError)?.kind == .cannotCreate
        && "\(error)" == "/nowhere/at/all: cannot create a scratch file: No such file or directory"
    }
  }

  @Test func `a full device is said with the size that did not fit`() throws {
    let full = try Descriptor.open("/dev/full", flags: O_RDWR, operation: "cannot open")
    let file = ScratchFile(full)
    #expect {
      for _ in 0..<64 { try file.append([UInt8](repeating: 1, count: 1 << 16)) }
      try file.finish()
    } throws: { error in
      (error as? FileError)?.kind == .noSpace
        && "\(error)"
          == "/dev/full: cannot write: No space left on device, beyond 0 MiB of a scratch file; free some space"
    }
  }
}
