import Files
import Foundation
import HDF5
import TestSupport
import Testing

@Suite struct DamagedArtifactTests {
  private func put(_ bytes: some Sequence<UInt8>, at path: String) throws {
    try Data(bytes).write(to: URL(fileURLWithPath: path))
  }

  /// The error of opening `path`, which must be one line that names it.
  private func refusal(_ path: String, expecting kind: String? = nil) -> (any Error)? {
    do {
      _ = try ArtifactReader(path: path, expecting: kind)
    } catch {
      #expect("\(error)".hasPrefix(path + ": "))
      #expect(!"\(error)".contains("\n"))
      return error
    }
    return nil
  }

  @Test func `any changed byte is noticed`() throws {
    try withTemporaryFolder { folder in
      try SampleArtifacts.writeSmall(to: folder + "/good.h5")
      let bytes = try BoundedReader.bytes(at: folder + "/good.h5", limit: 1 << 20)
      let path = folder + "/bad.h5"
      var damaged = bytes
      var unnoticed: [Int] = []
      for index in bytes.indices {
        damaged[index] ^= UInt8(1) << UInt8(index % 8)
        try put(damaged, at: path)
        if (refusal(path) as? HDF5Error) == nil { unnoticed.append(index) }
        damaged[index] = bytes[index]
      }
      #expect(unnoticed == [])
      #expect(bytes.count > 1000)
      try put(bytes, at: path)
      #expect(refusal(path) == nil)
    }
  }

  @Test func `a file cut short or added to is noticed`() throws {
    try withTemporaryFolder { folder in
      try SampleArtifacts.writeSmall(to: folder + "/good.h5")
      let bytes = try BoundedReader.bytes(at: folder + "/good.h5", limit: 1 << 20)
      let path = folder + "/bad.h5"
      for length in 0..<bytes.count where length % 7 == 0 || bytes.count - length < 100 {
        try put(bytes.prefix(length), at: path)
        #expect(refusal(path) is HDF5Error, "\(length) bytes")
      }
      try put(bytes + [0], at: path)
      #expect((refusal(path) as? HDF5Error)?.kind == .damaged)
      try put(bytes + bytes.suffix(64), at: path)
      #expect((refusal(path) as? HDF5Error)?.kind == .damaged)
      try put([UInt8](repeating: 0, count: bytes.count), at: path)
      #expect((refusal(path) as? HDF5Error)?.kind == .notAnArtifact)
    }
  }

  @Test func `another kind is refused by name`() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/a.h5"
      try SampleArtifacts.writeSmall(to: path, kind: "corpus")
      let error = try #require(refusal(path, expecting: "model") as? HDF5Error)
      #expect(error.kind == .wrongKind)
      #expect(error.detail == "is a `corpus` artifact; a `model` artifact is wanted here")
      #expect(refusal(path, expecting: "corpus") == nil)
    }
  }

  @Test func `what is no file is refused`() throws {
    try withTemporaryFolder { folder in
      #expect((refusal(folder + "/none.h5") as? FileError)?.kind == .missing)
      #expect((refusal(folder) as? FileError)?.kind == .notRegular)
      #expect((refusal("/dev/zero") as? FileError)?.kind == .notRegular)
      try put(Array("text".utf8), at: folder + "/a.h5")
      #expect((refusal(folder + "/a.h5") as? HDF5Error)?.kind == .notAnArtifact)
    }
  }

  @Test func `verifying a file gives its digest`() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/a.h5"
      let digests = try SampleArtifacts.writeSmall(to: path)
      #expect(try ArtifactReader.verifyFile(path) == digests.file)
      let bytes = try BoundedReader.bytes(at: path, limit: 1 << 20)
      #expect(Digest.of(Array(bytes.dropLast(64))) == digests.file)
      #expect(bytes.suffix(32).elementsEqual(digests.file.bytes))
    }
  }

  /// Fixture of `Tests/Oracles/hostile_artifacts.py`, kind of the error, and a part of its text.
  private static let hostile: [(String, HDF5Error.Kind, String)] = [
    ("newer-format", .newerFormat, "newer distill (format 2, this one reads 1); update"),
    ("format-zero", .notAnArtifact, "impossible format 0"),
    ("format-as-float", .notAnArtifact, "`distill_format` is not a 64-bit integer"),
    ("format-as-array", .notAnArtifact, "`distill_format` is not one value"),
    ("no-format", .notAnArtifact, "no `distill_format`"), ("no-kind", .notAnArtifact, "no `kind`"),
    ("kind-variable-length", .notAnArtifact, "`kind` is not text of fixed length"),
    ("kind-not-utf8", .notAnArtifact, "`kind` is not UTF-8"),
    ("content-not-a-digest", .notAnArtifact, "`content_sha256` is not a digest"),
    ("soft-link", .notAnArtifact, "`x` is a link"),
    ("external-link", .notAnArtifact, "`x` is a link"),
    ("external-storage", .notAnArtifact, "`x` keeps its values in another file"),
    ("virtual", .notAnArtifact, "layout"), ("compact", .notAnArtifact, "layout"),
    ("cycle", .notAnArtifact, "`a/b` is there under two names"),
    ("nested", .notAnArtifact, "nested too deep"),
    ("scalar", .notAnArtifact, "0 dimensions"),
    ("never-written", .notAnArtifact, "does not fit its 0 bytes"),
    ("sparse-chunks", .notAnArtifact, "bytes can hold"),
    ("large-chunks", .notAnArtifact, "chunks that are too large"),
    ("references", .notAnArtifact, "type"), ("named-type", .notAnArtifact, "neither a group nor"),
    ("variable-length", .notAnArtifact, "type"), ("strings", .notAnArtifact, "type"),
    ("compound", .notAnArtifact, "type"), ("enumeration", .notAnArtifact, "type"),
    ("big-endian", .notAnArtifact, "type"), ("double", .notAnArtifact, "type"),
    ("half", .notAnArtifact, "type"), ("filter-lzf", .notAnArtifact, "uses filter 32000"),
    ("filter-scale", .notAnArtifact, "uses filter 6"),
  ]

  @Test(arguments: hostile)
  func `a stranger's file with a right trailer is refused for what it holds`(
    name: String, kind: HDF5Error.Kind, message: String
  ) throws {
    let error = try #require(refusal(Fixtures.path("artifacts/\(name).h5")) as? HDF5Error)
    #expect(error.kind == kind)
    #expect(error.detail.contains(message), "\(error.detail)")
  }

  @Test func `a file of the same making without faults is read`() throws {
    let reader = try ArtifactReader(path: Fixtures.path("artifacts/plain.h5"))
    #expect(try reader.floats("x") == [0, 1, 2, 3])
    #expect(try reader.recomputeContentDigest() != reader.contentDigest)
  }
}
