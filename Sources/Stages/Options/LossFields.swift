import Distillation
import Files
import Pipelines
import Tasks
import Training
import Transformer

/// How the terms of a phase's loss are computed and what they weigh.
enum LossFields {
  /// Of the general and the intermediate phase.
  static let ofLayers: [OptionField] = [
    OptionField(
      "relation_heads", .integer(1...10_000), default: nil,
      help: "relations: heads into which queries, keys and values are cut (12)"),
    OptionField(
      "relation_layer", .text, default: nil,
      help: "relations: the teacher's layer, or student:teacher such as 4:12 (the last of both)"),
    OptionField(
      "hidden_loss", .choice(LayerObjective.Forms.Hidden.allCases.map(\.rawValue)), default: nil,
      help: "embedding, hidden: mse = squared difference (default), cosine = 1 - cosine"),
    OptionField(
      "attention_loss", .choice(LayerObjective.Forms.Attention.allCases.map(\.rawValue)),
      default: nil,
      help: "attention: mse of raw scores (default), kl = divergence of what is attended to"),
    weights,
  ]

  /// Of the prediction phase.
  static let ofAnswers: [OptionField] = [
    OptionField(
      "prediction_loss", .choice(AnswerLossForm.allCases.map(\.rawValue)), default: nil,
      help: "kl = divergence of probabilities, mse = squared difference of logits; else the task's"),
    weights,
  ]

  private static let weights = OptionField(
    "loss_weights", .texts, default: nil,
    help: "weights of the loss's terms, or courses over the steps: hidden=0.5,attention=1..0")

  /// Checks the options of a phase of layers against each other.
  ///
  /// - Parameters:
  ///   - options: The stage's.
  ///   - losses: The parts of the loss.
  ///   - named: The option that names them, as it was given.
  /// - Throws: `StageError` naming the option.
  static func validate(
    _ options: OptionValues, _ losses: Set<LayerObjective.Loss>, named: String
  ) throws {
    if !losses.contains(.relations) {
      try options.requireGiven(
        "--losses relations", for: ["relation_heads", "relation_layer"])
    }
    if losses.isDisjoint(with: [.embedding, .hidden]) {
      try options.requireUnused(["hidden_loss"], beside: named)
    }
    if !losses.contains(.attention) {
      try options.requireUnused(["attention_loss"], beside: named)
    }
    _ = try weights(options, of: terms(losses))
  }

  /// The terms of parts of a loss, in their order.
  private static func terms(_ losses: Set<LayerObjective.Loss>) -> [String] {
    LayerObjective.Loss.allCases.filter(losses.contains).map(\.rawValue)
  }

  /// How the parts of the loss of a phase of layers are computed.
  ///
  /// - Throws: `DistillationError` or `StageError` where that does not fit the two models.
  static func forms(
    _ options: OptionValues, student: ModelConfiguration, teacher: ModelConfiguration
  ) throws -> LayerObjective.Forms {
    let losses = try MatchingFields.losses(options)
    var forms = LayerObjective.Forms()
    forms.hidden =
      options.optionalText("hidden_loss").flatMap(LayerObjective.Forms.Hidden.init) ?? .mse
    forms.attention =
      options.optionalText("attention_loss").flatMap(LayerObjective.Forms.Attention.init) ?? .mse
    if losses.contains(.relations) {
      forms.relations = try RelationMatch(
        heads: options.optionalInteger("relation_heads") ?? RelationMatch.usualHeads,
        layer: options.optionalText("relation_layer"), student: student, teacher: teacher)
    }
    forms.weights = try weights(options, of: terms(losses))
    return forms
  }

  /// What the terms weigh; any that is not named weighs 1.
  ///
  /// - Parameters:
  ///   - options: The stage's.
  ///   - terms: The names of the loss's terms; nil where they are not known yet.
  /// - Returns: The weights.
  /// - Throws: `StageError` naming the entry that is wrong.
  static func weights(_ options: OptionValues, of terms: [String]?) throws -> LossWeights {
    var courses: [String: LossWeights.Course] = [:]
    for entry in options.texts("loss_weights") {
      func fault(_ words: String, _ cure: String) -> StageError {
        .usage("loss_weights", "'\(printable(entry))': \(words)", cure: cure)
      }
      guard let sign = entry.firstIndex(of: "="),
        let course = course(String(entry[entry.index(after: sign)...]))
      else {
        throw fault("no term and its weight", "write \(terms?.first ?? "prediction")=0.5, or =1..0")
      }
      let term = String(entry[..<sign])
      if let terms, !terms.contains(term) {
        throw fault(
          "the loss has no such term here", "name some of \(terms.joined(separator: ", "))")
      }
      guard courses[term] == nil else { throw fault("named before", "name each term once") }
      guard course.first > 0 || course.last > 0 else {
        throw fault("a term that weighs nothing", "give it a weight, or leave the term out")
      }
      courses[term] = course
    }
    return LossWeights(courses)
  }

  /// `0.5`, or `1..0`; nil for anything else, and for what is no weight.
  private static func course(_ text: String) -> LossWeights.Course? {
    let ends: [String]
    if let dots = text.firstRange(of: "..") {
      ends = [String(text[..<dots.lowerBound]), String(text[dots.upperBound...])]
    } else {
      ends = [text, text]
    }
    let numbers = ends.compactMap { $0.hasPrefix(".") ? nil : Double($0) }
    guard numbers.count == 2, numbers.allSatisfy({ $0 >= 0 && $0 <= 1e6 }),
      let first = numbers.first, let last = numbers.last
    else { return nil }
    return LossWeights.Course(first: first, last: last)
  }
}
