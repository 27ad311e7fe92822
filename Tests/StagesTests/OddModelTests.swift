import Artifacts
import Foundation
import TestSupport
import Testing
import Transformer

/// Models and places of rows that would be taken for something else.
@Suite struct OddModelTests {
  @Test func `an artifact that holds more layers than it says is refused by their names`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      let source = try ModelSource(world.artifact("teacher"))
      let loaded = try source.loadWhole()
      var fewer = source.configuration
      fewer.layerCount -= 1
      let path = folder + "/cut.h5"
      try ModelArtifact.write(
        to: path,
        ModelDescription(
          model: fewer, head: source.head, labels: source.labels, tokenizer: source.tokenizer),
        tokenizer: source.tokenizer, weights: loaded.weights, inputs: [:])
      let refused = try Distill.run(
        ["predict", "--model", path, "--input", world.folder + "/test.tsv"], in: folder)
      #expect(refused.status == 65 && refused.errorLines.count == 1, "\(refused.errors)")
      #expect(refused.errors.contains("16 of its tensors are of no layer"), "\(refused.errors)")
      #expect(refused.errors.contains("bert.encoder.layer.1."), "\(refused.errors)")
      // What distillation keeps beside the layers is no fault.
      try Distill.succeed(["inspect", world.artifact("intermediate_student")], in: folder)
      _ = try ModelSource(world.artifact("intermediate_student")).loadEncoder()
    }
  }

  @Test func `a pipe in place of a file is told with what to give instead`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      let predict = "\(Distill.path) predict --model \(world.artifact("student")) --input"
      let text = "head -3 \(world.folder)/text.txt"
      for input in [
        "\(text) | \(predict) /dev/stdin", "mkfifo pipe.txt && \(predict) pipe.txt",
        "\(text) | \(predict) /dev/stdin --format txt",
      ] {
        let refused = try Program.run("/bin/sh", ["-c", input], in: folder)
        #expect(refused.status == 65, "\(refused.errors)")
        #expect(
          refused.errors.contains(
            "is a named pipe, not a file; give --input - and let standard input come from it"),
          "\(refused.errors)")
      }
      for input in ["\(text) | \(predict) -", "(\(text) > pipe.txt &) && \(predict) - < pipe.txt"] {
        let answered = try Program.run("/bin/sh", ["-c", input], in: folder)
        #expect(answered.status == 0 && answered.lines.count == 3, "\(answered.errors)")
      }
    }
  }
}
