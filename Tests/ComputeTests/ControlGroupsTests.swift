import Foundation
import TestSupport
import Testing

@testable import Compute

/// A tree of control groups: files with their texts, and what the process is in.
private func groups(
  _ files: [String: String], membership: String, in folder: String
) throws -> ControlGroups {
  for (path, text) in files {
    let file = URL(fileURLWithPath: folder + "/groups/" + path)
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: file)
  }
  try Data(membership.utf8).write(to: URL(fileURLWithPath: folder + "/cgroup"))
  return ControlGroups(mount: folder + "/groups", membership: folder + "/cgroup")
}

@Suite struct ProcessorShareTests {
  /// The share by a tree of control groups: files with their texts, and what the process is in.
  private func share(_ files: [String: String], membership: String) throws -> ProcessorShare {
    try withTemporaryFolder { folder in
      ProcessorShare(by: try groups(files, membership: membership, in: folder))
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

@Suite struct ControlGroupRoomTests {
  /// The room by a tree of control groups.
  private func room(_ files: [String: String], membership: String) throws -> Int? {
    try withTemporaryFolder { folder in
      MemoryRoom.room(in: try groups(files, membership: membership, in: folder))
    }
  }

  @Test func `the least room of a group and those above it counts, pages of files as free`() throws
  {
    let files = [
      "a/b/memory.max": "max\n", "a/b/memory.current": "100\n", "a/memory.max": "1000\n",
      "a/memory.current": "700\n", "a/memory.stat": "anon 400\nfile 300\n", "memory.max": "5000\n",
      "memory.current": "700\n",
    ]
    #expect(try room(files, membership: "0::/a/b\n") == 600)
    #expect(try room(files, membership: "0::/../c\n") == 4300)
  }

  @Test(arguments: ["memory", "unified"])
  func `limits of version 1 count, and those of version 2 beside it`(root: String) throws {
    let files = [
      "memory/x/memory.limit_in_bytes": "2000\n", "memory/x/memory.usage_in_bytes": "500\n",
      "memory/x/memory.stat": "cache 100\n",
      "memory/memory.limit_in_bytes": "9223372036854771712\n",
      "memory/memory.usage_in_bytes": "500\n", "unified/x/memory.max": "600\n",
      "unified/x/memory.current": "500\n",
    ].filter { $0.key.hasPrefix(root) }
    let membership = "4:cpu,cpuacct:/x\n3:memory:/x\n0::/x\n"
    #expect(try room(files, membership: membership) == (root == "memory" ? 1600 : 100))
    #expect(try room(files, membership: "4:cpu,cpuacct:/x\n") == nil)
  }
}
