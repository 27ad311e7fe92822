import Foundation
import TestSupport
import Testing

@testable import Files

@Suite struct FileSystemTests {
  @Test func `folders are made with those above them`() throws {
    try withTemporaryFolder { folder in
      try ensureDirectory(folder + "/a/b/c/")
      try ensureDirectory(folder + "/a/b/c")
      #expect(isFolder(folder + "/a/b/c"))
      try AtomicFile.write("x", to: folder + "/file")
      #expect(throws: FileError.self) { try ensureDirectory(folder + "/file") }
      #expect(throws: FileError.self) { try ensureDirectory(folder + "/file/sub") }
    }
  }

  @Test func `a removed tree takes its links but not what they lead to`() throws {
    try withTemporaryFolder { folder in
      try ensureDirectory(folder + "/keep")
      try AtomicFile.write("x", to: folder + "/keep/file")
      try ensureDirectory(folder + "/go/deep")
      try AtomicFile.write("x", to: folder + "/go/deep/file")
      try FileManager.default.createSymbolicLink(
        atPath: folder + "/go/link", withDestinationPath: folder + "/keep")
      try removeTree(folder + "/go")
      try removeTree(folder + "/never")
      #expect(try folderEntries(folder) == ["keep"])
      #expect(try folderEntries(folder + "/keep") == ["file"])
    }
  }

  @Test(arguments: [
    ("a/b/c", "a/b", "c"), ("a/b//", "a", "b"), ("c", ".", "c"), ("/c", "/", "c"), ("/", "/", ""),
    ("//a", "/", "a"), ("a//b", "a", "b"), ("", ".", ""),
  ])
  func `a path is split into folder and name`(path: String, folder: String, name: String) {
    #expect(splitPath(path) == (folder, name))
  }

  @Test func `a file system says how much it still takes`() throws {
    try withTemporaryFolder { folder in
      let free = try freeBytes(in: folder)
      #expect(free > 0)
      let error = #expect(throws: FileError.self) { _ = try freeBytes(in: folder + "/nowhere") }
      #expect(error?.kind == .missing)
    }
  }

  @Test func `a folder that files can be made in is as it was after the probe`() throws {
    try withTemporaryFolder { folder in
      try AtomicFile.write("mine", to: folder + "/probe")
      try probeWritable(folder)
      #expect(try folderEntries(folder) == ["probe"])
      #expect(try BoundedReader.text(at: folder + "/probe", limit: 10) == "mine")
      for (path, kind) in [
        (folder + "/nowhere", FileError.Kind.cannotCreate), (folder + "/probe", .cannotCreate),
        ("/proc", .cannotCreate),
      ] {
        let error = #expect(throws: FileError.self) { try probeWritable(path) }
        #expect(error?.kind == kind, "\(path)")
        #expect(error?.path == path)
      }
    }
  }

  @Test func `a signature notices writing and replacing, not renaming`() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/a"
      try AtomicFile.write("one", to: path)
      let first = try statSignature(path)
      #expect(try statSignature(path) == first)
      #expect(unsafe rename(path, folder + "/b") == 0)
      #expect(try statSignature(folder + "/b").sameContent(as: first))
      try AtomicFile.write("one", to: path)
      let replaced = try statSignature(path)
      #expect(!replaced.sameContent(as: first))
      let json = try JSONEncoder().encode(first)
      #expect(try JSONDecoder().decode(StatSignature.self, from: json) == first)
    }
  }

  @Test func `control characters never reach the terminal`() {
    #expect(printable("a\u{1B}[31m\n\u{202E}é") == "a\\u{1b}[31m\\u{a}\\u{202e}é")
  }
}
