internal import Artifacts
internal import Files
internal import Pipelines
internal import Tasks

/// What an `evaluate` stage found, sorted by model.
struct Evaluation: Sendable {
  /// What a model is there for.
  enum Role: String, Sendable {
    /// Learnt from.
    case teacher
    /// Learnt from the teacher.
    case student
    /// The student's like, trained without the teacher.
    case baseline
  }

  /// A model that was scored.
  struct Model: Sendable {
    let name: String
    let role: Role
    /// Figures by name, such as `test_accuracy` and `latency_p50_ms`.
    var figures: [String: Double] = [:]

    subscript(_ name: String) -> Double? { figures[name] }
  }

  /// A mean difference of the chief metric over pairs of models, with its 95 % interval.
  struct Comparison: Sendable {
    let split: String
    let value: Double
    let lower: Double
    let upper: Double

    /// Whether the interval is on one side of no difference.
    var isClear: Bool { lower > 0 || upper < 0 }
  }

  /// The mean of models that differ in their seed alone.
  struct Mean: Sendable {
    /// The name that they have in common.
    let base: String
    /// Means by name of the figure.
    var values: [String: Double] = [:]
    /// Standard deviations by name of the figure.
    var deviations: [String: Double] = [:]
  }

  /// Stage of the pipeline.
  let stage: String
  /// The models, in the order in which they were scored.
  private(set) var models: [Model] = []
  /// Names of the figures of models, in order, each once.
  private(set) var names: [String] = []
  /// Splits that were scored, in order.
  private(set) var splits: [String] = []
  /// What pairs of models differ by, by split.
  private(set) var comparisons: [Comparison] = []
  /// The pairs that were compared.
  private(set) var pairs: [(first: String, second: String)] = []
  /// Means over seeds, in the order in which they were recorded.
  private(set) var means: [Mean] = []
  /// What was told of models that are not worth what they should be.
  let warnings: [String]
  /// Names of the labels; empty where they are not known.
  var labels: [String] = []

  /// Sorts what an attempt measured; nil where it scored no model.
  ///
  /// - Parameters:
  ///   - attempt: An attempt at an `evaluate` stage.
  ///   - attempts: Those of its workspace, which say what made each model.
  init?(_ attempt: Attempt, among attempts: [Attempt]) {
    stage = attempt.stage
    warnings = attempt.notes.filter { $0.hasPrefix(StageResult.warning) }
      .map { String($0.dropFirst(StageResult.warning.count)) }
    let owned = attempt.metrics.compactMap { metric -> (owner: String, name: String, Double)? in
      guard let dot = metric.name.lastIndex(of: ".") else { return nil }
      return (
        String(metric.name[..<dot]), String(metric.name[metric.name.index(after: dot)...]),
        metric.value
      )
    }
    // What has no size is no model.
    let sized = Set(owned.filter { $0.name == "parameters" }.map(\.owner))
    pairs = Self.pairs(attempt)
    let roles = Roles(attempt, pairs, among: attempts)
    var places: [String: Int] = [:]
    var known: Set<String> = []
    for (owner, name, value) in owned where sized.contains(owner) {
      let place = places[owner] ?? models.count
      if place == models.count {
        places[owner] = place
        models.append(Model(name: owner, role: roles.role(of: owner)))
      }
      if models[place].figures[name] == nil { models[place].figures[name] = value }
      if known.insert(name).inserted { names.append(name) }
    }
    guard !models.isEmpty else { return nil }
    splits = DatasetArtifact.splitNames.filter { split in
      names.contains { Self.isOf(split, $0) }
    }
    for (owner, name, value) in owned {
      guard let dot = owner.firstIndex(of: ".") else { continue }
      let (group, base) = (owner[..<dot], String(owner[owner.index(after: dot)...]))
      guard group == "mean" || group == "deviation" else { continue }
      let place = means.firstIndex { $0.base == base } ?? means.count
      if place == means.count { means.append(Mean(base: base)) }
      if group == "mean" {
        means[place].values[name] = value
      } else {
        means[place].deviations[name] = value
      }
    }
    let compared = Dictionary(
      owned.filter { $0.owner == "compare" }.map { ($0.name, $0.2) }
    ) { first, _ in first }
    comparisons = splits.compactMap { split in
      guard let value = compared["\(split)_difference"], let lower = compared["\(split)_lower"],
        let upper = compared["\(split)_upper"]
      else { return nil }
      return Comparison(split: split, value: value, lower: lower, upper: upper)
    }
  }

  private static func pairs(_ attempt: Attempt) -> [(first: String, second: String)] {
    let words = attempt.options.first { $0.name == "compare" }?.value.array ?? []
    return words.compactMap(\.string).compactMap { word in
      let names = word.split(separator: ":").map(String.init)
      guard names.count == 2, let first = names.first, let second = names.last else { return nil }
      return (first, second)
    }
  }

  /// Whether a figure is of a split, and not of one with a longer name.
  private static func isOf(_ split: String, _ name: String) -> Bool {
    name.hasPrefix(split + "_")
      && !DatasetArtifact.splitNames.contains {
        $0.hasPrefix(split + "_") && name.hasPrefix($0 + "_")
      }
  }

  /// The metric of a split that has an interval, without the split's name; else the first.
  func chief(of split: String) -> String? {
    let all = names.filter { Self.isOf(split, $0) }
    let name = all.first { $0.hasSuffix("_lower") }.map { String($0.dropLast("_lower".count)) }
    return (name ?? all.first { $0 != "\(split)_agreement" }).map {
      String($0.dropFirst(split.count + 1))
    }
  }

  /// The split that counts: one that nothing was chosen on where there is one.
  var chiefSplit: String? { splits.first { $0.hasPrefix("test") } ?? splits.first }

  /// The metrics of a split, without its name: the chief one first; without intervals, differences,
  /// confusions and the scores of single kinds of answers.
  func metrics(of split: String) -> [String] {
    let kinds = kinds(of: split)
    let chief = chief(of: split)
    let all = names.filter { Self.isOf(split, $0) }.map { String($0.dropFirst(split.count + 1)) }
    let shown = all.filter { name in
      !["_lower", "_upper", "_difference"].contains(where: name.hasSuffix)
        && !name.hasPrefix("confusion_") && name != chief
        && !kinds.contains { kind in
          ["number", "f1", "precision", "recall"].contains { name == "\(kind)_\($0)" }
        }
    }
    return (chief.map { [$0] } ?? []) + shown
  }

  /// The kinds of answers that a split was scored by, such as those of entities.
  func kinds(of split: String) -> [String] {
    names.filter { Self.isOf(split, $0) && $0.hasSuffix("_number") }
      .map { String($0.dropFirst(split.count + 1).dropLast("_number".count)) }
  }

  /// How many labels the confusions of a split are of; 0 where there are none.
  func confusedLabels(of split: String) -> Int {
    let count = names.count { $0.hasPrefix("\(split)_confusion_") }
    let side = Int(Double(count).squareRoot())
    return side > 1 && side * side == count ? side : 0
  }

  /// Whether a metric is a share of a whole, shown in percent.
  static func isShare(_ metric: String) -> Bool { TaskTable.shares.contains(metric) }

  /// The first model that is there for this.
  func first(_ role: Role) -> Model? { models.first { $0.role == role } }

  /// The baseline that a student is compared with: of its pair, else the first.
  func baseline(of student: Model) -> Model? {
    let paired = pairs.first { $0.first == student.name }?.second
    return models.first { $0.role == .baseline && $0.name == paired } ?? first(.baseline)
  }
}

/// What each model is there for, by what the record says of how it was made.
private struct Roles {
  private let teachers: Set<String>
  private let seconds: Set<String>
  private var makers: [String: String] = [:]

  init(
    _ attempt: Attempt, _ pairs: [(first: String, second: String)], among attempts: [Attempt]
  ) {
    teachers = Set(attempt.inputs.filter { $0.port == "teacher" }.map(\.name))
    seconds = Set(pairs.map(\.second)).subtracting(pairs.map(\.first))
    var kinds: [String: String] = [:]
    for maker in attempts {
      for output in maker.outputs { kinds[output.content] = maker.kind }
    }
    for input in attempt.inputs where input.port == "models" {
      makers[input.name] = kinds[input.content]
    }
  }

  func role(of model: String) -> Evaluation.Role {
    if teachers.contains(model) { return .teacher }
    // Fine-tuned, it learnt from labels alone.
    if makers[model] == "finetune" || seconds.contains(model) { return .baseline }
    return .student
  }
}
