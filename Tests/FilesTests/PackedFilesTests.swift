import Foundation
import TestSupport
import Testing

@testable import Files

/// Text that gzip or zstd packed.
@Suite struct PackedFilesTests {
  /// Lines enough for many pieces of the file and of the text.
  private static let lines = (0..<40_000).map {
    "line \($0 &* 2_654_435_761 % 1_000_003) of a text"
  }
  private static let text = Array(lines.joined(separator: "\n").utf8)

  private func lines(_ bytes: [UInt8], limit: Int = 1 << 24) throws -> [String] {
    try withTemporaryFolder { folder in
      try AtomicFile.write(bytes, to: folder + "/t.bin")
      let reader = try LineReader(folder + "/t.bin", lineLimit: limit)
      var lines: [String] = []
      while let (_, text) = try reader.next() { lines.append(text) }
      return lines
    }
  }

  private func fault(_ bytes: [UInt8], limit: Int = 1 << 24) -> FileError? {
    #expect(throws: FileError.self) { try lines(bytes, limit: limit) }
  }

  @Test func `what gzip and zstd packed is read as what it was, whatever the file is called`()
    throws
  {
    #expect(Packed.gzip(Self.text).count > 1 << 17)
    for pack in [Packed.gzip, Packed.zstd] {
      #expect(try lines(pack(Self.text)) == Self.lines)
      #expect(try lines(pack([])) == [])
      #expect(try lines(pack([0xEF, 0xBB, 0xBF, 0x61, 0x0D, 0x0A])) == ["a"])
    }
  }

  @Test func `members and frames one after the other are one text`() throws {
    for pack in [Packed.gzip, Packed.zstd] {
      let parts = [Array("a\nb".utf8), [], Array("c\nd\n".utf8), Self.text]
      #expect(try lines(parts.flatMap(pack)) == ["a", "bc", "d"] + Self.lines)
      let many = (0..<30_000).flatMap { _ in pack([]) } + pack(Array("x".utf8))
      #expect(try lines(many) == ["x"])
    }
  }

  @Test
  func `zeros behind gzip's last member, and zstd's frames that are no data, are passed over`()
    throws
  {
    let member = Packed.gzip(Array("a\n".utf8))
    #expect(try lines(member + [UInt8](repeating: 0, count: 200_000)) == ["a"])
    let skippable: [UInt8] = [0x53, 0x2A, 0x4D, 0x18, 3, 0, 0, 0, 0xFF, 0xFF, 0xFF]
    let frame = Packed.zstd(Array("a\n".utf8))
    #expect(try lines(skippable + frame + skippable + frame) == ["a", "a"])
  }

  @Test func `the beginning of packed bytes alone is cut short, wherever it is cut`() throws {
    for pack in [Packed.gzip, Packed.zstd] {
      let whole = pack(Array("a line\nand another\n".utf8))
      for count in 4..<whole.count {
        let error = fault(Array(whole.prefix(count)))
        #expect(error?.kind == .damaged)
        #expect(
          error?.detail.hasSuffix(
            "data ends at byte \(count) before its end; fetch or copy the file again") == true)
        // The second of two as well.
        if count > 4 { #expect(fault(whole + whole.prefix(count))?.kind == .damaged) }
      }
      let long = pack(Self.text)
      #expect(fault(Array(long.prefix(long.count / 2)))?.kind == .damaged)
    }
  }

  @Test func `a bit that was changed is found by the checksum at the latest`() throws {
    for pack in [Packed.gzip, Packed.zstd] {
      let whole = pack(Self.text)
      for place in [whole.count / 3, whole.count / 2, whole.count - 6, whole.count - 2] {
        var bytes = whole
        bytes[place] ^= 4
        let error = fault(bytes)
        #expect(
          [.damaged, .invalidText].contains(error?.kind), "\(place): \(String(describing: error))")
        #expect(error?.description.contains("\n") == false)
      }
      var bytes = whole
      bytes[whole.count - 2] ^= 4
      #expect(fault(bytes)?.detail.contains("fetch or copy the file again") == true)
    }
  }

  @Test func `something else behind the packed bytes is refused with its place`() throws {
    for pack in [Packed.gzip, Packed.zstd] {
      let whole = pack(Array("a\n".utf8))
      let error = fault(whole + Array("more text".utf8))
      #expect(error?.kind == .damaged)
      #expect(error?.detail.contains("goes on at byte \(whole.count) with something other") == true)
      // The cure: cut there.
      #expect(try lines(Array((whole + Array("more text".utf8)).prefix(whole.count))) == ["a"])
    }
    let padded = Packed.gzip(Array("a\n".utf8)) + [0, 0]
    #expect(fault(padded + Packed.gzip([]))?.kind == .damaged)
  }

  @Test func `a frame that looks back beyond the limit is refused before memory is taken`() {
    // A window of 2^(10 + 18) bytes, then an empty last block.
    let frame: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD, 0x00, 18 << 3, 0x01, 0x00, 0x00]
    let error = fault(frame)
    #expect(error?.detail.contains("looks back further than 128 MiB; pack it again") == true)
    var small = frame
    small[5] = 17 << 3
    #expect((try? lines(small)) == [])
  }

  @Test func `a frame that needs a dictionary is refused`() {
    let frame: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD, 0x01, 0x00, 0x07, 0x01, 0x00, 0x00]
    #expect(fault(frame)?.detail.contains("needs the dictionary that packed it") == true)
  }

  @Test func `a bomb is a long line, or lines for ever that a signal ends`() throws {
    // 8 MB of one letter are 8 kB of gzip, and a line that is too long.
    let long = [UInt8](repeating: 0x61, count: 8 << 20)
    for pack in [Packed.gzip, Packed.zstd] {
      let error = fault(pack(long), limit: 1 << 20)
      #expect(error?.detail.contains("line 1 is longer than the 1048576 bytes") == true)
    }
    struct Stop: Error {}
    let blank = Packed.gzip([UInt8](repeating: 0x0A, count: 1 << 24))
    try withTemporaryFolder { folder in
      try AtomicFile.write(blank + blank, to: folder + "/t.gz")
      var asked = 0
      let check = {
        asked += 1
        if asked > 20 { throw Stop() }
      }
      #expect(throws: Stop.self) {
        try LongReading.asking(check) {
          let reader = try LineReader(folder + "/t.gz")
          while try reader.next() != nil {}
        }
      }
    }
  }

  @Test func `a whole file is unpacked up to a limit`() throws {
    try withTemporaryFolder { folder in
      let bytes = Array("one\ntwo\n".utf8)
      for (name, packed) in [("a", bytes), ("b", Packed.gzip(bytes)), ("c", Packed.zstd(bytes))] {
        let path = "\(folder)/\(name)"
        try AtomicFile.write(packed, to: path)
        #expect(try BoundedReader.unpackedBytes(at: path, limit: 8) == bytes)
        let error = #expect(throws: FileError.self) {
          try BoundedReader.unpackedBytes(at: path, limit: 7)
        }
        #expect(error?.kind == .tooLarge)
      }
    }
  }

  @Test func `text that only begins like packed bytes is text`() throws {
    for text in ["(", "P", "P*", "Y*M", "(\nb"] {
      #expect(try lines(Array(text.utf8)).joined(separator: "\n") == text)
    }
    #expect(fault([0x1F, 0x8B])?.kind == .damaged)
    #expect(fault(Packed.zstd([0x61, 0xFF]))?.detail.contains("byte 1 of what was packed") == true)
  }
}
