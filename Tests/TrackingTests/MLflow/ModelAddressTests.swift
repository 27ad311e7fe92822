internal import Files
internal import Pipelines
internal import TestSupport
internal import Testing

@testable internal import Tracking

@Suite struct ModelAddressTests {
  @Test(arguments: [
    ("mlflow:runs/0a1b/model", "mlflow:runs/0a1b/model"),
    ("mlflow:runs:/0a1b/models/best", "mlflow:runs/0a1b/models/best"),
    ("mlflow:models/my student@best", "mlflow:models/my student@best"),
    ("mlflow:models:/student/12", "mlflow:models/student/12"),
    ("mlflow:models/m-0a1b", "mlflow:models/m-0a1b"),
  ])
  func `addresses are read in either spelling`(written: String, meant: String) throws {
    #expect(try ModelAddress(written).description == meant)
    #expect(try ModelAddress(meant) == ModelAddress(written))
  }

  @Test(arguments: [
    "mlflow:", "mlflow:runs", "mlflow:runs/0a1b", "mlflow:runs/0a1b/", "mlflow:runs/../model",
    "mlflow:runs/0a1b/../x", "mlflow:runs/0a1b//x", "mlflow:runs/0a1b/.hidden",
    "mlflow:runs/0a1b/a\nb", "mlflow:runs/0a1b/~x", "mlflow:models/student",
    "mlflow:models/student/latest", "mlflow:models/student@latest", "mlflow:models/student@",
    "mlflow:models/a/b/1", "mlflow:models/student@best/1", "mlflow:models/../1", "mlflow:models//1",
    "mlflow:artifacts/x", "mlflow:models/student/0123456789012345678",
  ])
  func `what names no model is refused with the forms`(written: String) throws {
    let error = #expect(throws: PipelineError.self) { try ModelAddress(written) }
    let line = try #require(error?.lines.first)
    #expect(error?.status == .usage && error?.lines.count == 1)
    #expect(line.contains("mlflow:models/NAME@ALIAS") && !line.contains("\n"))
  }

  @Test func `a path is no address`() {
    for path in ["model", "./mlflow", "models/mlflow:x", "/mlflow:runs/a/b"] {
      #expect(!ModelAddress.isMeant(path))
    }
  }

  @Test func `places of artifacts are those of the server itself`() {
    #expect(
      MLflowClient.parts(ofPlace: "mlflow-artifacts:/1/m/artifacts") == ["1", "m", "artifacts"])
    #expect(MLflowClient.parts(ofPlace: "mlflow-artifacts:///1/m") == ["1", "m"])
    for place in [
      "mlflow-artifacts://other/1/m", "mlflow-artifacts:/1/../2", "mlflow-artifacts:/", "s3://b/m",
      "/tmp/m", "",
    ] {
      #expect(MLflowClient.parts(ofPlace: place) == nil)
    }
  }
}

@Suite struct ModelShelfTests {
  private func shelf(_ folder: String) -> ModelShelf {
    ModelShelf(folder, server: "http://host:5000/a")
  }

  /// Puts a model with two files on the shelf.
  private func publish(_ shelf: ModelShelf, _ address: ModelAddress) throws -> String {
    let folder = shelf.folder(of: address)
    let part = folder + ".part"
    try ensureDirectory(part + "/1_Pooling")
    var kept: [ModelShelf.Kept] = []
    for (name, text) in [("config.json", "{}"), ("1_Pooling/config.json", "{ }")] {
      let digest = try AtomicFile.write(text, to: "\(part)/\(name)")
      kept.append(ModelShelf.Kept(name: name, size: text.utf8.count, digest: digest))
    }
    try shelf.publish(
      part, as: folder, kept, mark: Digest.of("a listing"), address: address,
      server: "http://host:5000/a")
    return folder
  }

  @Test func `a model is known by what is written beside it, and by its digests`() throws {
    try withTemporaryFolder { place in
      let shelf = shelf(place)
      let address = try ModelAddress("mlflow:models/my student/3")
      #expect(shelf.record(of: shelf.folder(of: address)) == nil)
      let folder = try publish(shelf, address)
      let kept = try #require(shelf.record(of: folder))
      #expect(kept.map(\.name) == ["config.json", "1_Pooling/config.json"])
      #expect(shelf.mark(of: folder) == Digest.of("a listing"))
      #expect(shelf.changed(kept, in: folder) == [])
      // Of the same length: the digest tells.
      try AtomicFile.write("{\t}", to: folder + "/1_Pooling/config.json")
      #expect(shelf.changed(kept, in: folder) == ["1_Pooling/config.json"])
      try removeFile(folder + "/config.json")
      #expect(shelf.changed(kept, in: folder).count == 2)
      try AtomicFile.write(
        #"{"files": [{"name": "../x", "size": 1, "sha256": ""}]}"#, to: folder + ".json")
      #expect(shelf.record(of: folder) == nil)
    }
  }

  @Test func `servers and addresses have places of their own, none outside`() throws {
    let one = ModelShelf("/c", server: "http://host:1")
    let other = ModelShelf("/c", server: "http://host:1/x")
    let addresses = try [
      "mlflow:models/a b/1", "mlflow:models/a_b/1", "mlflow:models/a b@x", "mlflow:runs/a/b/c",
      "mlflow:runs/a/b-c", "mlflow:models/x..y/1",
    ].map { try ModelAddress($0) }
    let places = [one, other].flatMap { shelf in addresses.map { shelf.folder(of: $0) } }
    #expect(Set(places).count == places.count)
    for place in places {
      #expect(
        place.split(separator: "/").count == 3 && !place.contains(".") && !place.contains(" "))
    }
  }

  @Test func `what an alias meant is remembered`() throws {
    try withTemporaryFolder { place in
      let address = try ModelAddress("mlflow:models/student@best")
      let shelf = shelf(place)
      #expect(shelf.version(ofAlias: address) == nil)
      try shelf.remember("7", ofAlias: address)
      #expect(shelf.version(ofAlias: address) == "7")
      try AtomicFile.write("../7\n", to: shelf.folder(of: address) + ".alias")
      #expect(shelf.version(ofAlias: address) == nil)
    }
  }

  @Test func `fetched models are kept where the user keeps such things`() throws {
    #expect(try ModelRetrieval.cache(["HOME": "/h"]) == "/h/.cache/distill/mlflow")
    #expect(
      try ModelRetrieval.cache(["HOME": "/h", "XDG_CACHE_HOME": "/x"]) == "/x/distill/mlflow")
    #expect(throws: PipelineError.self) { try ModelRetrieval.cache(["XDG_CACHE_HOME": "x"]) }
  }
}
