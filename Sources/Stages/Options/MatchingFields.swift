import Distillation
import Pipelines
import Transformer

/// How a student's layers are matched with the teacher's: the options of the general and the
/// intermediate phase.
enum MatchingFields {
  static let table: [OptionField] = [
    OptionField(
      "layer_map", .text, default: .text("uniform"),
      help: "uniform, last, a teacher layer per student layer (2,4,6) or pairs (1:2,3:6)"),
    OptionField(
      "projection", .choice(HiddenProjection.Sharing.allCases.map(\.rawValue)),
      default: .text("shared"),
      help: "learned map to the teacher's width: one for all states, one each, or none"),
    OptionField(
      "head_mismatch", .choice(HeadMismatch.allCases.map(\.rawValue)), default: nil,
      help: "compare the mean (if not given) or sum over the heads where their numbers differ"),
    OptionField(
      "losses", .texts,
      default: .list(LayerObjective.Loss.usual.map { .text($0.rawValue) }),
      help: "the parts of the loss: embedding, hidden, attention, relations"),
  ]

  /// Which layers are matched by the options.
  ///
  /// - Throws: `DistillationError` where the layers do not fit.
  static func map(
    _ options: OptionValues, student: ModelConfiguration, teacher: ModelConfiguration
  ) throws -> LayerMap {
    // Relations are of layers of their own: the student may then be the deeper one.
    let strategy =
      try losses(options) == [.relations]
      ? .explicit(hidden: [], attention: [])
      : LayerMap.Strategy(
        parsing: options.text("layer_map"), studentLayers: student.layerCount)
    return try LayerMap(
      strategy, studentLayers: student.layerCount, teacherLayers: teacher.layerCount)
  }

  /// Looks, by sizes alone, whether a student can be matched with a teacher as the options say.
  ///
  /// - Throws: `DistillationError` or `StageError` where it cannot.
  static func check(
    _ options: OptionValues, student: ModelConfiguration, teacher: ModelConfiguration
  ) throws {
    let map = try map(options, student: student, teacher: teacher)
    let sharing = HiddenProjection.Sharing(rawValue: options.text("projection")) ?? .shared
    var layout = ParameterLayout()
    let projection = try HiddenProjection.declare(
      sharing, states: map.hidden.map(\.student), student: student.hiddenSize,
      teacher: teacher.hiddenSize, in: &layout)
    try LayerObjective.requireMatch(
      student: student, teacher: teacher, isProjected: projection != nil,
      headMismatch: .mean,  // what is taken, and told, where none is given
      losses: losses(options))
    _ = try LossFields.forms(options, student: student, teacher: teacher)
  }

  /// Checks the options against each other.
  ///
  /// - Throws: `StageError` naming a part of the loss that does not exist, or an option that is of no
  ///   use to the parts that are named.
  static func validate(_ options: OptionValues) throws {
    let losses = try losses(options)
    let named = "--losses " + options.texts("losses").joined(separator: ",")
    if !losses.contains(.attention) {
      try options.requireUnused(["head_mismatch"], beside: named)
    }
    if losses.isDisjoint(with: [.embedding, .hidden]) {
      try options.requireUnused(["projection"], beside: named)
    }
    let isBegunByLayers =
      options.names.contains("initialization") && options.text("initialization") != "random"
    if losses == [.relations], !isBegunByLayers {
      try options.requireUnused(["layer_map"], beside: named)
    }
    try LossFields.validate(options, losses, named: named)
  }

  /// The parts of the loss that the options name.
  ///
  /// - Throws: `StageError` naming a part that does not exist.
  static func losses(_ options: OptionValues) throws -> Set<LayerObjective.Loss> {
    var losses: Set<LayerObjective.Loss> = []
    for name in options.texts("losses") {
      guard let loss = LayerObjective.Loss(rawValue: name) else {
        let known = LayerObjective.Loss.allCases.map(\.rawValue).joined(separator: ", ")
        throw StageError.usage(
          "losses", "there is no loss '\(name)'", cure: "take some of \(known)")
      }
      losses.insert(loss)
    }
    guard !losses.isEmpty else {
      throw StageError.usage("losses", "none is named", cure: "name at least one")
    }
    return losses
  }
}
