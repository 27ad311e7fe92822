import Files
import TestSupport
import Testing

@testable import Artifacts

@Suite struct ModelPlaceTests {
  @Test(arguments: [
    "model.safetensors", "config.json", "pytorch_model.bin", "model.onnx", "tf_model.h5",
    "flax_model.msgpack",
  ])
  func `a file of a model's folder leads to the folder`(name: String) throws {
    try withTemporaryFolder { path in
      try AtomicFile.write(Array("{}".utf8), to: "\(path)/config.json")
      try AtomicFile.write(Array("{}".utf8), to: "\(path)/\(name)")
      let error = try #require(throws: FileError.self) {
        try ModelPlace.check("\(path)/\(name)")
      }
      #expect("\(error)".hasSuffix("is one file of a model; give its folder: \(path)"), "\(error)")
      try ModelPlace.check(path)
    }
  }

  @Test func `a file in the folder of ONNX leads to the model's folder`() throws {
    try withTemporaryFolder { path in
      try ensureDirectory("\(path)/onnx")
      try AtomicFile.write([0x08], to: "\(path)/onnx/model.onnx")
      try ModelPlace.check("\(path)/onnx/model.onnx")
      try AtomicFile.write(Array("{}".utf8), to: "\(path)/config.json")
      let error = try #require(throws: FileError.self) {
        try ModelPlace.check("\(path)/onnx/model.onnx")
      }
      #expect("\(error)".hasSuffix("give its folder: \(path)"), "\(error)")
    }
  }

  @Test func `an artifact may be called as it likes`() throws {
    try withTemporaryFolder { path in
      try AtomicFile.write([0x89], to: "\(path)/tf_model.h5")
      try ModelPlace.check("\(path)/tf_model.h5")
    }
  }
}
