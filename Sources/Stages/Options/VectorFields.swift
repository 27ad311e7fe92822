import Compute
import Distillation
import Pipelines
import Tasks
import Training

/// What a student learns of a teacher's vectors: what they are, how alike they are, or both.
enum VectorFields {
  /// The declarations.
  static let table = [
    OptionField(
      "embedding_loss", .choice(SentenceEmbeddingTask.losses + [none]), default: nil,
      help:
        "sentence-embedding: mse = squared error to the teacher's vectors (default), cosine = "
        + "1 - cosine, none = their similarities alone"),
    OptionField(
      "similarity_weight", .real(.leastNonzeroMagnitude...1000), default: nil,
      help:
        "sentence-embedding: weight of the KL divergence of each text's similarities to the "
        + "others of its step"),
    OptionField(
      "similarity_temperature", .real(0.001...1000), default: nil,
      help: "divides cosines before their softmax (\(usualTemperature))"),
  ]

  /// The choice of `embedding_loss` by which vectors themselves are not compared.
  private static let none = "none"
  /// That of contrastive learning of sentence vectors (Gao, Yao and Chen 2021).
  private static let usualTemperature = 0.05

  /// Neither what vectors are nor how alike they are.
  static var nothingToLearn: StageError {
    .usage(
      "embedding_loss", "none leaves nothing to be learnt",
      cure: "give --similarity-weight 1 beside it, or mse or cosine")
  }

  /// Whether vectors themselves are compared.
  static func areCompared(_ options: OptionValues) -> Bool {
    options.optionalText("embedding_loss") != none
  }

  /// Checks the options against each other.
  ///
  /// - Throws: `StageError` naming the option.
  static func validate(_ options: OptionValues) throws {
    guard options.optionalReal("similarity_weight") != nil else {
      try options.requireGiven("--similarity-weight", for: ["similarity_temperature"])
      guard areCompared(options) else { throw nothingToLearn }
      return
    }
    let examples = TrainingFields.options(options, seed: 0).examplesPerStep
    guard examples > 2 else {
      throw StageError.usage(
        "similarity_weight",
        "a text has no two others to be compared with in a step of \(examples)",
        cure: "take more with --per-device-train-batch-size 32")
    }
  }

  /// Refuses similarities where there are no vectors.
  ///
  /// - Throws: `StageError` naming the option.
  static func check(_ options: OptionValues, for task: any RowTask) throws {
    guard options.optionalReal("similarity_weight") != nil, !task.answersAreVectors else { return }
    throw StageError.usage(
      "similarity_weight", "the task \(task.name) has no vectors", cure: "leave the option out")
  }

  /// The loss of similarities that the options ask for.
  ///
  /// - Parameters:
  ///   - options: The stage's.
  ///   - vectors: The teacher's.
  ///   - width: Numbers of the student's.
  ///   - examples: The most of a step.
  /// - Returns: The loss; nil where none is asked for.
  /// - Throws: `StageError` where there are no vectors, `MemoryShortage` where a step finds no room.
  static func similarity(
    _ options: OptionValues, _ vectors: Outputs?, width: Int, examples: Int
  ) throws -> SimilarityDivergence? {
    guard let weight = options.optionalReal("similarity_weight") else { return nil }
    guard let vectors else {
      throw StageError.usage(
        "similarity_weight", "there is no teacher whose vectors could be compared",
        cure: "give --teacher")
    }
    try MemoryRoom.require(
      SimilarityDivergence.byteCount(examples: examples, columns: width + vectors.columns),
      for: "comparing the \(examples) texts of a step with one another",
      cure: "take a smaller --per-device-train-batch-size")
    return try SimilarityDivergence(
      teacher: vectors,
      temperature: options.optionalReal("similarity_temperature") ?? usualTemperature,
      weight: weight)
  }
}
