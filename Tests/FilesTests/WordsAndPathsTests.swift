import Files
import Foundation
import TestSupport
import Testing

@Suite struct BrieflyTests {
  @Test func `a long text is cut to its limit, whatever is in it`() {
    #expect(briefly("plain", limit: 5) == "plain")
    #expect(briefly("plainer", limit: 6) == "pla...")
    #expect(briefly("a\u{1B}b") == "a\\u{1b}b")
    for text in ["\u{1B}", "e\u{301}", "\u{1F600}", "x"] {
      let shown = briefly(String(repeating: text, count: 10_000))
      #expect(shown.utf8.count <= 4_000 && shown.hasSuffix("..."))
    }
    // A letter with marks without end.
    #expect(briefly("e" + String(repeating: "\u{301}", count: 10_000)) == "...")
  }
}

@Suite struct CanonicalPathTests {
  @Test func `two paths of one place are one`() throws {
    try withTemporaryFolder { folder in
      let root = canonicalPath(folder)
      try ensureDirectory(folder + "/a/b")
      try FileManager.default.createSymbolicLink(
        atPath: folder + "/link", withDestinationPath: "a/b")
      for path in ["a/b", "a/./b/", "a//b", "link", "a/b/new/..", "link/../b"] {
        #expect(canonicalPath(folder + "/" + path) == root + "/a/b", "\(path)")
      }
      #expect(canonicalPath(folder + "/link/new/file") == root + "/a/b/new/file")
    }
    #expect(canonicalPath("/") == "/" && canonicalPath("/..") == "/")
    #expect(canonicalPath("x") == canonicalPath(".") + "/x" || canonicalPath(".") == "/")
  }
}
