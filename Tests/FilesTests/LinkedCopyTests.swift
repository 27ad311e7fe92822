internal import TestSupport
internal import Testing

@testable internal import Files

@Suite struct LinkedCopyTests {
  private func text(_ path: String) throws -> String {
    try BoundedReader.text(at: path, limit: 100)
  }

  @Test func `a file is in two places and takes the room of one`() throws {
    try withTemporaryFolder { folder in
      try AtomicFile.write("abc", to: folder + "/a")
      #expect(try soleSize(folder + "/a") == 3)
      try LinkedCopy.put(folder + "/a", at: folder + "/b")
      #expect(try statSignature(folder + "/a").inode == statSignature(folder + "/b").inode)
      #expect(try soleSize(folder) == 0)
      // What replaces one of them leaves the other as it was.
      try AtomicFile.write("other", to: folder + "/a")
      #expect(try text(folder + "/b") == "abc")
      #expect(try soleSize(folder) == 8)
    }
  }

  @Test func `what is there is replaced, also by itself, and nothing is left over`() throws {
    try withTemporaryFolder { folder in
      try AtomicFile.write("abc", to: folder + "/a")
      try AtomicFile.write("old", to: folder + "/b")
      try LinkedCopy.put(folder + "/a", at: folder + "/b")
      try LinkedCopy.put(folder + "/a", at: folder + "/b")
      #expect(try text(folder + "/b") == "abc")
      #expect(try folderEntries(folder) == ["a", "b"])
    }
  }

  @Test func `a folder is there whole, with its subfolders and without what it held before`() throws
  {
    try withTemporaryFolder { folder in
      for name in ["from/a", "from/deep/er/b", "to/old"] {
        try ensureDirectory(splitPath("\(folder)/\(name)").folder)
        try AtomicFile.write(name, to: "\(folder)/\(name)")
      }
      try LinkedCopy.put(folder + "/from", at: folder + "/to")
      #expect(try Digest.ofFolder(folder + "/from") == Digest.ofFolder(folder + "/to"))
      #expect(!fileExists(folder + "/to/old"))
      #expect(try folderEntries(folder) == ["from", "to"])
    }
  }

  @Test func `a link is followed, and what cannot be linked is told by the place`() throws {
    try withTemporaryFolder { folder in
      let error = #expect(throws: FileError.self) {
        try LinkedCopy.put(folder + "/none", at: folder + "/b")
      }
      #expect(error?.path == folder + "/b" && error?.kind == .cannotCreate)
      try AtomicFile.write("abc", to: folder + "/a")
      #expect(throws: FileError.self) { try LinkedCopy.put(folder + "/a", at: folder + "/no/b") }
      #expect(throws: FileError.self) { try LinkedCopy.put(folder + "/a", at: folder) }
      #expect(try folderEntries(folder) == ["a"])
    }
  }

  @Test func `another file system gets a copy`() throws {
    let other = "/dev/shm"
    try withTemporaryFolder { folder in
      guard isFolder(other), try statSignature(other).device != statSignature(folder).device else {
        return
      }
      let place = "\(other)/distill-linked-copy-\(UInt64.random(in: 0...UInt64.max))"
      defer { try? removeTree(place) }
      try AtomicFile.write("abc", to: folder + "/a")
      try LinkedCopy.put(folder + "/a", at: place)
      #expect(try text(place) == "abc")
    }
  }
}
