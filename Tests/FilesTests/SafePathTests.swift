import Foundation
import TestSupport
import Testing

@testable import Files

@Suite struct SafePathTests {
  private static let escapes = [
    "", "/etc/passwd", "..", "../x", "a/../../x", "a/..", "./..", "~", "~root/x", "a\0b", "a\nb",
    "a\u{1B}[2J", ".", "./", "//", String(repeating: "x", count: 256),
    String(repeating: "abc/", count: 1200) + "x",
  ]

  @Test(arguments: escapes) func `a path that could leave the folder is refused`(path: String)
    throws
  {
    try withTemporaryFolder { folder -> Void in
      #expect {
        try SafePath.resolve(path, beneath: folder)
      } throws: { error in
        let text = "\(error)"
        return (error as? FileError)?.kind == .escapes && !text.contains("\n")
          && !text.contains("\u{1B}")
      }
    }
  }

  @Test(arguments: [
    ("a", "a"), ("a/b.h5", "a/b.h5"), ("./a//b", "a/b"), ("a..b/...", "a..b/..."), ("a~", "a~"),
    ("naïve/数", "naïve/数"),
  ])
  func `a path within the folder is resolved`(path: String, expected: String) throws {
    try withTemporaryFolder { folder in
      let resolved = try SafePath.resolve(path, beneath: folder)
      #expect(resolved == folder + "/" + expected)
    }
  }

  @Test func `links that stay inside are followed, others refused`() throws {
    try withTemporaryFolder { outer in
      let root = outer + "/root"
      try ensureDirectory(root + "/inside")
      try ensureDirectory(outer + "/root-beside")
      try AtomicFile.write("x", to: root + "/inside/file")
      let manager = FileManager.default
      for (name, target) in [
        ("good", "inside"), ("parent", ".."), ("absolute", "/etc"), ("dangling", "nothing"),
        ("beside", "../root-beside"), ("leaf", "/etc/passwd"), ("loop", "loop"),
      ] {
        try manager.createSymbolicLink(atPath: "\(root)/\(name)", withDestinationPath: target)
      }
      #expect(try SafePath.resolve("good/file", beneath: root) == root + "/good/file")
      #expect(try SafePath.resolve("good/new/file", beneath: root) == root + "/good/new/file")
      for path in ["parent/x", "absolute/passwd", "dangling", "beside/x", "leaf", "loop", "parent"]
      {
        #expect(throws: FileError.self, "\(path)") { try SafePath.resolve(path, beneath: root) }
      }
    }
  }
}
