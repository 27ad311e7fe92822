import Files
import Foundation
import TestSupport
import Testing

@testable import HDF5

/// Files whose trailer is right and whose bytes are not those of the writer.
@Suite struct StrangersArtifactTests {
  /// Writes bytes with a trailer that fits them.
  private func seal(_ content: [UInt8], at path: String) throws {
    let trailer = ArtifactFormat.trailerMagic + Digest.of(content).bytes
    try Data(content + trailer).write(to: URL(fileURLWithPath: path))
  }

  /// Reads all that a file holds; what is wrong with it must be one line that names it.
  ///
  /// - Returns: Whether it was refused.
  private func isRefused(_ path: String) -> Bool {
    do {
      let reader = try ArtifactReader(path: path)
      _ = try reader.recomputeContentDigest()
      return false
    } catch {
      #expect("\(error)".hasPrefix(path + ": "), "\(error)")
      #expect(!"\(error)".contains("\n") && "\(error)".utf8.count < 2048, "\(error)")
      return true
    }
  }

  /// A group of so many datasets that its links are no longer in its header.
  private func writeMany(_ count: Int, to path: String) throws {
    try ArtifactWriter.write(
      to: path, kind: "sample", configuration: SampleArtifacts.configuration, inputs: [],
      createdBy: "distill 0.1"
    ) { body in
      for number in 0..<count {
        try body.floats("weights/layer.\(number).output.dense", shape: [1], values: [Float(number)])
      }
      try body.int32s("ids", values: SampleArtifacts.ids(300))
    }
  }

  @Test func `every byte changed under a right trailer is refused or harmless`() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/a.h5"
      try SampleArtifacts.writeSmall(to: path)
      let content = Array(try BoundedReader.bytes(at: path, limit: 1 << 20).dropLast(64))
      var refused = 0
      for index in content.indices {
        for value in [content[index] ^ 1, content[index] ^ 0x80, 0, 0xFF]
        where value != content[index] {
          var changed = content
          changed[index] = value
          try seal(changed, at: path)
          if isRefused(path) { refused += 1 }
        }
      }
      #expect(refused > 500)
    }
  }

  @Test func `runs of bytes changed in large structures are refused or harmless`() throws {
    try withTemporaryFolder { folder in
      var numbers = ArbitraryNumbers(17)
      let writers: [(String) throws -> Void] = [
        { try writeMany(300, to: $0) }, { _ = try SampleArtifacts.write(to: $0) },
      ]
      for (number, write) in writers.enumerated() {
        let path = "\(folder)/\(number).h5"
        try write(path)
        let content = Array(try BoundedReader.bytes(at: path, limit: 1 << 24).dropLast(64))
        // The signatures of structures, near which a change does most.
        let marks = ["OHDR", "OCHK", "FRHP", "FHDB", "FHIB", "BTHD", "BTLF", "BTIN", "TREE"]
          .flatMap { mark in
            content.indices.dropLast(4).filter { content[$0..<$0 + 4].elementsEqual(mark.utf8) }
          }
        #expect(marks.count > 3)
        for _ in 0..<400 {
          var changed = content
          for _ in 0...numbers.below(3) {
            let mark = marks[numbers.below(marks.count)]
            let place = min(mark + numbers.below(160), changed.count - 1)
            changed[place] = [0, 1, 0x7F, 0xFF, UInt8(numbers.below(256))][numbers.below(5)]
          }
          try seal(changed, at: path)
          _ = isRefused(path)
        }
      }
    }
  }

  @Test(arguments: [0, 1, 8, 9, 44, 45, 300, 3000])
  func `a group of any number of datasets is read back whole`(count: Int) throws {
    try withTemporaryFolder { folder in
      let path = folder + "/a.h5"
      try writeMany(count, to: path)
      let reader = try ArtifactReader(path: path)
      #expect(reader.datasets.count == count + 1)
      for number in stride(from: 0, to: count, by: 7) {
        #expect(try reader.floats("weights/layer.\(number).output.dense") == [Float(number)])
      }
      #expect(try reader.int32s("ids") == SampleArtifacts.ids(300))
    }
  }

  @Test func `a chunk that inflates to another size is refused`() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/a.h5"
      try ArtifactWriter.write(
        to: path, kind: "sample", configuration: [], inputs: [], createdBy: ""
      ) { body in
        try body.bytes("text", values: [UInt8](repeating: 7, count: 1000))
      }
      var content = Array(try BoundedReader.bytes(at: path, limit: 1 << 20).dropLast(64))
      // A stream of zlib that holds one byte, in the place of the thousand.
      let start = try #require(
        content.indices.dropLast(2).last { content[$0..<$0 + 2].elementsEqual([0x78, 0x5E]) })
      let short: [UInt8] = [0x78, 0x01, 0x01, 1, 0, 0xFE, 0xFF, 7, 0, 8, 0, 8]
      content.replaceSubrange(start..<start + short.count, with: short)
      try seal(content, at: path)
      let reader = try ArtifactReader(path: path)
      let error = #expect(throws: HDF5Error.self) { try reader.bytes("text") }
      #expect(error?.description.contains("a chunk that does not inflate to 1000 bytes") == true)
    }
  }

  @Test func `rows without values cost nothing, however many there are`() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/a.h5"
      try ArtifactWriter.write(
        to: path, kind: "sample", configuration: [], inputs: [], createdBy: ""
      ) { body in try body.floats("x", shape: [3, 0], values: []) }
      var content = Array(try BoundedReader.bytes(at: path, limit: 1 << 20).dropLast(64))
      let extents = [3] + [UInt8](repeating: 0, count: 15)
      var place = 0
      var found = 0
      while place + extents.count <= content.count {
        if content[place..<place + extents.count].elementsEqual(extents) {
          content.replaceSubrange(place..<place + 8, with: [0, 0, 0, 0, 0, 0, 0, 0x04])
          found += 1
        }
        place += 1
      }
      #expect(found > 0)
      try seal(content, at: path)
      let reader = try ArtifactReader(path: path)
      #expect(reader.datasets.map(\.shape) == [[1 << 58, 0]])
      let clock = ContinuousClock()
      #expect(try clock.measure { _ = try reader.recomputeContentDigest() } < .seconds(5))
    }
  }

  @Test func `a file changed after it was checked is noticed when it is read`() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/a.h5"
      try SampleArtifacts.writeSmall(to: path)
      let reader = try ArtifactReader(path: path)
      let handle = try #require(FileHandle(forUpdatingAtPath: path))
      try handle.seek(toOffset: 300)
      try handle.write(contentsOf: Data([1]))
      try handle.close()
      let error = #expect(throws: FileError.self) { try reader.floats("weights/a") }
      #expect(error?.kind == .changed)
    }
  }
}
