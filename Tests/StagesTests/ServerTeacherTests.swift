import TestSupport
import Testing

/// A model on a server where a model folder may be given; what is fetched is tried against a server.
@Suite struct ServerTeacherTests {
  @Test(arguments: [
    ["init", "new.yaml", "--train", "train.tsv", "--teacher"],
    ["compress", "--train", "train.tsv", "--output", "small", "--teacher"],
    ["bench", "general", "--student", "tinybert-3l-312", "--teacher"],
    ["bench", "tokenize", "--text", "text.txt", "--model"],
    ["bench", "augment", "--text", "text.txt", "--model"],
    ["bench", "finetune", "--task", "token-classification", "--model"],
  ])
  func `its address is known for one, and needs a server that is named`(words: [String]) throws {
    try withTemporaryFolder { folder in
      _ = try SmallWorld(in: folder)
      let outcome = try Program.run(
        Distill.path, words + ["mlflow:models/teacher@best"], in: folder,
        variables: ["MLFLOW_TRACKING_URI": ""])
      #expect(outcome.status == 64 && outcome.errorLines.count == 1, "\(outcome.errors)")
      #expect(outcome.errors.contains("set MLFLOW_TRACKING_URI=http://HOST:PORT"))
    }
  }
}
