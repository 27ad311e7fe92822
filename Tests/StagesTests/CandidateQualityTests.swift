import Foundation
import TestSupport
import Testing

/// Whether `augment` notices a masked-language model that has learnt nothing.
@Suite struct CandidateQualityTests {
  @Test
  func `rows that a hardly trained model rewrites are told to be noise, and training it helps`()
    throws
  {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      func finetune(_ epochs: String, _ output: String) -> [String] {
        [
          "finetune", "--objective", "masked-language", "--model", world.folder + "/encoder",
          "--corpus", world.artifact("corpus"), "--output", output, "--learning-rate", "5e-3",
          "--num-train-epochs", epochs, "--per-device-train-batch-size", "16",
        ]
      }
      func augment(_ model: String) -> [String] {
        [
          "augment", "--dataset", world.artifact("rows"), "--masked-language-model", model,
          "--output", "more-\(model)", "--rewrites", "2", "--candidates", "3",
        ]
      }
      try Distill.succeed(finetune("0.1", "short.h5"), in: folder)
      let told = try Distill.succeed(augment("short.h5"), in: folder)
      #expect(
        told.errors.contains("noise, of use where a teacher answers them; train it longer"),
        "\(told.errors)")
      #expect(told.errors.contains("(--num-train-epochs of the stage that makes it)"))
      // The cures: training, and the neighbours of an embedding table.
      try Distill.succeed(finetune("60", "long.h5"), in: folder)
      let quiet = try Distill.succeed(augment("long.h5"), in: folder)
      #expect(!quiet.errors.contains("noise"), "\(quiet.errors)")
      let neighbours = try Distill.succeed(
        [
          "augment", "--dataset", world.artifact("rows"), "--embedding-model",
          world.folder + "/encoder", "--output", "near.h5", "--rewrites", "2", "--candidates", "3",
        ], in: folder)
      #expect(
        !neighbours.errors.contains("noise") && !neighbours.errors.contains("recovered_share"))
    }
  }
}
