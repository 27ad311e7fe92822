import TestSupport
import Testing

/// An option that is given and would do nothing is refused, with what stands in its way.
@Suite struct UnusedOptionsTests {
  /// Words that are refused, what is said, and the words that the cure leaves.
  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let words: @Sendable (FinishedWorld) -> [String]
    let unused: [String]
    let message: String

    init(
      _ unused: [String], _ message: String, words: @escaping @Sendable (FinishedWorld) -> [String]
    ) {
      (testDescription, self.unused, self.message, self.words) = (unused[0], unused, message, words)
    }
  }

  private static let rows = { @Sendable (world: FinishedWorld) in
    [
      "finetune", "--model", world.folder + "/encoder", "--dataset", world.artifact("rows"),
      "--output", "m.h5", "--max-steps", "1",
    ]
  }
  private static let words = { @Sendable (world: FinishedWorld) in
    [
      "finetune", "--model", world.folder + "/encoder", "--corpus", world.artifact("corpus"),
      "--objective", "masked-language", "--output", "m.h5", "--max-steps", "1",
    ]
  }
  private static let general = { @Sendable (world: FinishedWorld) in
    [
      "general", "--teacher", world.folder + "/encoder", "--corpus", world.artifact("corpus"),
      "--start", world.artifact("general_student"), "--output", "m.h5", "--max-steps", "1",
    ]
  }
  private static let phase = { @Sendable (name: String) in
    { @Sendable (world: FinishedWorld) in
      [
        "task", "--phase", name, "--teacher", world.artifact("teacher"), "--student",
        world.artifact("intermediate_student"), "--dataset", world.artifact("rows"), "--output",
        "m.h5", "--max-steps", "1", "--allow-weak-teacher",
      ]
    }
  }
  private static let augment = { @Sendable (world: FinishedWorld) in
    [
      "augment", "--dataset", world.artifact("rows"), "--embedding-model",
      world.folder + "/encoder", "--output", "m.h5", "--rewrites", "1",
    ]
  }
  private static let corpus = { @Sendable (world: FinishedWorld) in
    [
      "corpus", "--text", world.folder + "/text.txt", "--tokenizer", world.folder + "/encoder",
      "--output", "m.h5",
    ]
  }

  static let cases = [
    Case(
      ["--student", "tinybert-4l-312"], "--student: would do nothing beside --start", words: general
    ),
    Case(
      ["--num-hidden-layers", "1"], "--num-hidden-layers: would do nothing beside --start",
      words: general),
    Case(
      ["--cache-teacher-type", "bf16"],
      "--cache-teacher-type: would do nothing without --cache-teacher", words: general),
    Case(
      ["--losses", "hidden", "--head-mismatch", "sum"],
      "--head-mismatch: would do nothing beside --losses hidden", words: general),
    Case(
      ["--losses", "attention", "--projection", "none"],
      "--projection: would do nothing beside --losses attention", words: general),
    Case(
      ["--max-grad-norm", "0", "--clip", "global"],
      "--clip: would do nothing beside --max-grad-norm 0", words: general),
    Case(
      ["--mlm-probability", "0.2"],
      "--mlm-probability: would do nothing without --objective masked-language", words: rows),
    Case(
      ["--whole-word-mask"],
      "--whole-word-mask: would do nothing without --objective masked-language", words: rows),
    Case(
      ["--hard-share", "0.5"], "--hard-share: would do nothing without --row-sampling hard",
      words: phase("prediction")),
    Case(
      ["--alpha", "1", "--confidence-weight", "2"],
      "--confidence-weight: would do nothing beside --alpha 1", words: phase("prediction")),
    Case(
      ["--candidate-floor", "0.1"],
      "--candidate-floor: would do nothing without --masked-language-model", words: augment),
    Case(
      ["--eval-steps", "3"], "--eval-steps: would do nothing beside --eval-strategy epoch",
      words: rows),
    Case(
      ["--early-stopping-threshold", "0.1"],
      "--early-stopping-threshold: would do nothing without --early-stopping-patience", words: rows),
    Case(
      ["--eval-strategy", "no", "--metric-for-best-model", "accuracy"],
      "--metric-for-best-model: would do nothing beside --eval-strategy no", words: rows),
    Case(
      ["--head", "hf"], "--head: would do nothing beside --objective masked-language", words: words),
    Case(
      ["--metric-for-best-model", "accuracy"],
      "--metric-for-best-model: there are no development rows to score on", words: words),
    Case(
      ["--layer-map", "last"], "--layer-map: would do nothing beside --phase prediction",
      words: phase("prediction")),
    Case(
      ["--intermediate-losses", "hidden"],
      "--intermediate-losses: would do nothing beside --phase prediction",
      words: phase("prediction")),
    Case(
      ["--temperature", "2"], "--temperature: would do nothing beside --phase intermediate",
      words: phase("intermediate")),
    Case(
      ["--learning-rate", "1e-3"],
      "--learning-rate: would do nothing beside --intermediate-learning-rate",
      words: { phase("intermediate")($0) + ["--intermediate-learning-rate", "1e-4"] }),
    Case(
      ["--word-vector-limit", "10"], "--word-vector-limit: would do nothing without --word-vectors",
      words: augment),
    Case(
      ["--masked-share", "0.1"],
      "--masked-share: would do nothing without --masked-language-model", words: augment),
    Case(
      ["--text-column", "text"], "--text-column: would do nothing beside files that end in .txt",
      words: corpus),
    Case(
      ["--quoting", "csv"], "--quoting: would do nothing beside files that end in .txt",
      words: corpus),
    Case(
      ["--short-seq-prob", "0.2"], "--short-seq-prob: would do nothing beside --mode sentences",
      words: corpus),
    Case(
      ["--pair-share", "0.2"], "--pair-share: would do nothing beside --mode pairs",
      words: { corpus($0) + ["--mode", "pairs"] }),
    Case(
      ["--quoting", "csv"], "--quoting would do nothing to a txt",
      words: {
        ["predict", "--model", $0.artifact("student"), "--input", $0.folder + "/text.txt"]
      }),
  ]

  @Test(arguments: cases)
  func `an option that would do nothing is refused`(_ one: Case) throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      let words = one.words(world)
      let refused = try Distill.run(words + one.unused, in: folder)
      #expect(refused.status == 64, "\(refused.errors)")
      #expect(refused.errors.contains(one.message), "\(refused.errors)")
      #expect(words[0] == "predict" || refused.errorLines.count == 1, "\(refused.errors)")
      // Without it, it goes.
      try Distill.succeed(words, in: folder)
    }
  }

  @Test func `an input that the objective does not read is refused`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      let corpus = ["--corpus", world.artifact("corpus")]
      let beside = try Distill.run(Self.rows(world) + corpus, in: folder)
      #expect(beside.status == 64 && beside.errorLines.count == 1, "\(beside.errors)")
      #expect(
        beside.errors.contains(
          "--corpus: not read without an objective; leave it out and give --dataset, or give "
            + "--objective masked-language"))
      let dataset = ["--dataset", world.artifact("rows")]
      let other = try Distill.run(Self.words(world) + dataset, in: folder)
      #expect(other.status == 64 && other.errorLines.count == 1, "\(other.errors)")
      #expect(
        other.errors.contains(
          "--objective: the dataset is for classification, not for masked-language"))
      let masked = Self.rows(world).filter { !dataset.contains($0) } + corpus
      try Distill.succeed(masked + ["--objective", "masked-language"], in: folder)
    }
  }
}
