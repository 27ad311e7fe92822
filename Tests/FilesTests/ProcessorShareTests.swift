import Files
import Foundation
import TestSupport
import Testing

@Suite struct ProcessorShareTests {
  /// The share by a tree of control groups: files with their texts, and what the process is in.
  private func share(_ files: [String: String], membership: String) throws -> ProcessorShare {
    try withTemporaryFolder { folder in
      for (path, text) in files {
        let place = folder + "/groups/" + path
        try ensureDirectory((place as NSString).deletingLastPathComponent)
        try Data(text.utf8).write(to: URL(fileURLWithPath: place))
      }
      try Data(membership.utf8).write(to: URL(fileURLWithPath: folder + "/cgroup"))
      return ProcessorShare(groups: folder + "/groups", membership: folder + "/cgroup")
    }
  }

  @Test func `a quota of version 2 limits the threads`() throws {
    let found = try share(
      ["a/b/cpu.max": "150000 100000\n", "a/cpu.max": "max 100000\n"], membership: "0::/a/b\n")
    #expect(found.limit == 1.5 && found.source?.hasSuffix("/a/b/cpu.max") == true)
    #expect(found.threads(of: 8) == 2 && found.threads(of: 1) == 1)
  }

  @Test func `the least of the groups above counts`() throws {
    let found = try share(
      ["a/b/cpu.max": "400000 100000\n", "a/cpu.max": "100000 100000\n"], membership: "0::/a/b\n")
    #expect(found.limit == 1 && found.threads(of: 8) == 1)
  }

  @Test func `a container that sees its own root alone is limited by that`() throws {
    let found = try share(["cpu.max": "200000 100000\n"], membership: "0::/../../docker/abc\n")
    #expect(found.threads(of: 8) == 2)
  }

  @Test func `a quota of version 1 limits the threads`() throws {
    let found = try share(
      [
        "cpu,cpuacct/docker/x/cpu.cfs_quota_us": "50000\n",
        "cpu,cpuacct/docker/x/cpu.cfs_period_us": "100000\n",
        "cpu,cpuacct/cpu.cfs_quota_us": "-1\n", "cpu,cpuacct/cpu.cfs_period_us": "100000\n",
      ], membership: "11:memory:/docker/x\n4:cpu,cpuacct:/docker/x\n")
    #expect(found.limit == 0.5 && found.threads(of: 8) == 1)
  }

  @Test(arguments: [[:], ["a/cpu.max": "max 100000\n"], ["a/cpu.max": "what\n"]])
  func `without a quota all processors count`(files: [String: String]) throws {
    let found = try share(files, membership: "0::/a\nwhat\n")
    #expect(found.limit == nil && found.threads(of: 8) == 8)
  }
}

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
