import Files
import Foundation
import HDF5
import TestSupport
import Testing

@Suite struct ArtifactWriterTests {
  private struct Stop: Error {}

  private func write(
    _ path: String, _ body: (ArtifactBody) throws -> Void
  ) throws {
    try ArtifactWriter.write(
      to: path, kind: "k", configuration: [], inputs: [], createdBy: "", body)
  }

  @Test func `a body that fails leaves the old artifact and no other file`() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/a.h5"
      let old = try SampleArtifacts.writeSmall(to: path)
      #expect(throws: Stop.self) {
        try write(path) { body in
          try body.floats("deep/down/a", shape: [2], values: [1, 2])
          let growing = try body.appendable("b", .int32)
          try growing.append([Int32](repeating: 1, count: 300_000))
          throw Stop()
        }
      }
      #expect(try folderEntries(folder) == ["a.h5"])
      #expect(try ArtifactReader(path: path).fileDigest == old.file)
    }
  }

  @Test(arguments: [
    "", "/a", "a/", "a//b", ".", "a/./b", "..", "a\nb", "a\0b", "1/2/3/4/5/6/7/8/9",
    String(repeating: "x", count: 1025),
  ])
  func `a dataset of unacceptable name is refused`(name: String) throws {
    try withTemporaryFolder { folder -> Void in
      #expect {
        try write(folder + "/a.h5") { try $0.floats(name, shape: [1], values: [1]) }
      } throws: { error in
        (error as? HDF5Error)?.kind == .invalidDataset && !"\(error)".contains("\n")
      }
      #expect(!fileExists(folder + "/a.h5"))
    }
  }

  @Test func `a name is used once, as a dataset or as a group`() throws {
    try withTemporaryFolder { folder in
      for (first, second) in [("a", "a"), ("a", "a/b"), ("a/b", "a")] {
        #expect(throws: HDF5Error.self, "\(first), \(second)") {
          try write(folder + "/a.h5") { body in
            try body.floats(first, shape: [1], values: [1])
            try body.int32s(second, values: [1])
          }
        }
      }
      try write(folder + "/a.h5") { body in
        // One letter in two spellings: two names.
        try body.int32s("\u{E9}", values: [1])
        try body.int32s("e\u{301}", values: [2])
      }
      let reader = try ArtifactReader(path: folder + "/a.h5")
      #expect(try reader.int32s("\u{E9}") == [1])
      #expect(try reader.int32s("e\u{301}") == [2])
    }
  }

  @Test(arguments: [[], [0, -1], [Int.max, Int.max], [1, 1, 1, 1, 1, 1, 1, 1, 1]])
  func `a dataset of impossible shape is refused`(shape: [Int]) throws {
    try withTemporaryFolder { folder -> Void in
      #expect {
        try write(folder + "/a.h5") { try $0.floats("x", shape: shape, values: []) }
      } throws: { error in
        (error as? HDF5Error)?.kind == .invalidDataset
      }
    }
  }

  @Test func `a missing dataset and a wrong type are named`() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/a.h5"
      try SampleArtifacts.writeSmall(to: path)
      let reader = try ArtifactReader(path: path)
      func message(_ body: () throws -> Void) -> String {
        do { try body() } catch { return "\(error)" }
        return ""
      }
      #expect(
        message { _ = try reader.floats("weights/b") } == "\(path): has no dataset `weights/b`")
      #expect(message { _ = try reader.floats("ids") } == "\(path): `ids` holds int32, not float32")
    }
  }

  @Test func `an artifact that cannot be created says where and why`() throws {
    for path in ["/nonexistent/a.h5", "/dev/null", "/proc/a.h5"] {
      #expect {
        try SampleArtifacts.writeSmall(to: path)
      } throws: { error in
        "\(error)".hasPrefix(path + ": ") && (error as? FileError)?.kind == .cannotCreate
      }
    }
  }

  @Test(.enabled(if: PythonOracle.isAvailable))
  func `h5py reads every attribute and every value`() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/a.h5"
      let digests = try SampleArtifacts.write(to: path)
      let json = try PythonOracle.run("read_artifact.py", [path])
      let found = try StrictJSON.parse(Array(json.utf8), path: "h5py").object
      let attributes = try #require(found?["attributes"]?.object)
      #expect(
        attributes.members.map(\.name).sorted() == [
          "config_json", "content_sha256", "created_by", "distill_format", "inputs_json", "kind",
        ])
      #expect(attributes["distill_format"] == .integer(1))
      #expect(attributes["kind"] == .string("sample"))
      #expect(attributes["content_sha256"] == .string(digests.content.hexadecimal))
      #expect(
        attributes["config_json"]?.string.map { Array($0.utf8) } == SampleArtifacts.configuration)
      #expect(attributes["inputs_json"]?.string.map { Array($0.utf8) } == SampleArtifacts.inputs)
      // The digest is made of all names, types, shapes and values, as h5py read them.
      #expect(found?["content"] == .string(digests.content.hexadecimal))
      let datasets = try #require(found?["datasets"]?.object)
      #expect(datasets.members.count == 10)
      #expect(datasets["weights/a.b"]?.object?["compression"] == .null)
      for name in ["ids", "logits", "text/bytes", "packed"] {
        let dataset = datasets[name]?.object
        #expect(dataset?["compression"] == .string("gzip"))
        #expect(dataset?["shuffle"] == .boolean(true))
        #expect(dataset?["fletcher32"] == .boolean(true))
      }
    }
  }
}
