import Stages

/// What `evaluate` found: what each model costs, how well it does on each split, how pairs differ, and
/// what is taken for what.
struct EvaluationTable {
  /// Names of the models, in order.
  private(set) var models: [String] = []
  /// Figures by model and name; means over seeds under `mean.` and `deviation.`.
  private(set) var figures: [String: [String: Double]] = [:]
  /// Names of figures, in order.
  private(set) var names: [String] = []
  /// The metrics that are none of a model's.
  private(set) var others: [(name: String, value: Double)] = []
  /// Names of the labels; empty where they are not known.
  private let labels: [String]
  /// The pairs of models that were compared, `first:second`; empty where they are not known.
  private let pairs: [String]

  static let splits = EvaluateStage.splits
  /// The most labels whose confusions are shown.
  private static let mostConfused = 8

  /// Sorts a stage's metrics.
  ///
  /// - Parameters:
  ///   - metrics: Named `model.split_metric` or `model.size`.
  ///   - labels: Names of the labels; their numbers stand for them where there are none.
  ///   - pairs: The pairs of models that were compared, as the option has them.
  init(_ metrics: [(String, Double)], labels: [String] = [], pairs: [String] = []) {
    self.labels = labels
    self.pairs = pairs
    let owned = metrics.map { name, value -> (owner: String, name: String, value: Double) in
      guard let dot = name.lastIndex(of: ".") else { return ("", name, value) }
      return (String(name[..<dot]), String(name[name.index(after: dot)...]), value)
    }
    // What has no size is no model.
    let sized = Set(owned.filter { $0.name == "parameters" }.map(\.owner))
    for figure in owned { figures[figure.owner, default: [:]][figure.name] = figure.value }
    for figure in owned where sized.contains(figure.owner) {
      if !models.contains(figure.owner) { models.append(figure.owner) }
      if !names.contains(figure.name) { names.append(figure.name) }
    }
    let shown = isEmpty ? [] : ["compare", "mean", "deviation"]
    others = owned.filter { figure in
      !sized.contains(figure.owner)
        && !shown.contains { figure.owner == $0 || figure.owner.hasPrefix($0 + ".") }
    }.map { ($0.owner.isEmpty ? $0.name : "\($0.owner).\($0.name)", $0.value) }
  }

  /// Whether no model was scored.
  var isEmpty: Bool { models.isEmpty }

  /// The costs, then the scores of each split, then what is taken for what.
  var tables: [Table] {
    guard !isEmpty else { return [] }
    return [costs] + Self.splits.compactMap(scores) + Self.splits.compactMap(types)
      + Self.splits.compactMap(confusions)
  }

  /// What was taken from what.
  private var difference: String {
    guard !pairs.isEmpty else { return "first of each pair minus second" }
    return (pairs.count > 1 ? "mean of " : "")
      + pairs.map { $0.replacing(":", with: " minus ") }.joined(separator: ", ")
  }

  /// A sentence for each split on which pairs of models were compared.
  var comparisons: [String] {
    Self.splits.compactMap { split in
      let values = ["difference", "lower", "upper"].compactMap {
        figures["compare"]?["\(split)_\($0)"]
      }
      guard values.count == 3 else { return nil }
      let metric = chief(of: split)
      let isShare = EvaluateStage.shares.contains(metric)
      let text = values.map(isShare ? Figure.points : Figure.difference)
      return
        "\(split) \(metric.replacing("_", with: " ")), \(difference): \(text[0])"
        + "\(isShare ? " points" : ""), 95 % interval \(text[1]) to \(text[2])"
    }
  }

  private var costs: Table {
    var table = Table([
      "model", "layers x width", "parameters", "MB", "MFLOP/token", "p50 ms", "p95", "tokens/s",
    ])
    for model in models {
      let figure = { (name: String) in figures[model]?[name] }
      let whole = { (name: String) in
        figure(name).flatMap(Int.init(exactly:)).map(Figure.grouped) ?? "-"
      }
      let brief = { (name: String, unit: Double) in
        figure(name).map { $0.isFinite ? Figure.oneDecimal($0 / unit) : "-" } ?? "-"
      }
      let bytes = figure("parameters").map { Figure.oneDecimal($0 * 4 / 1e6) } ?? "-"
      table.rows.append([
        model, "\(whole("layers")) x \(whole("hidden_size"))", whole("parameters"), bytes,
        brief("flops_per_token", 1e6), brief("latency_p50_ms", 1), brief("latency_p95_ms", 1),
        whole("tokens_per_second"),
      ])
    }
    return table
  }

  /// The metrics of a split: the chief one with its interval, what the teacher makes of it, the others;
  /// and the means over seeds.
  private func scores(_ split: String) -> Table? {
    let ends = ["_lower", "_upper"]
    let all = names.filter { name in
      Self.isMetric(name, of: split) && !name.hasPrefix(split + "_confusion_")
        && !ends.contains(where: name.hasSuffix) && !isOfType(name, split)
    }
    guard !all.isEmpty else { return nil }
    let hasInterval = { (name: String) in names.contains(name + "_lower") }
    // What decides comes first: a table that is too wide is cut behind it.
    let first =
      all.filter { hasInterval($0) || $0.hasSuffix("_difference") }
      + all.filter { $0.hasPrefix(split + "_agreement") }
    let metrics = first + all.filter { !first.contains($0) }
    var table = Table(
      ["\(split): model"]
        + metrics.flatMap { name in
          [Self.title(name.dropFirst(split.count + 1))] + (hasInterval(name) ? ["95 %"] : [])
        })
    for model in models {
      table.rows.append(
        [model]
          + metrics.flatMap { name -> [String] in
            let text = { (name: String) in
              figures[model]?[name].map { Self.text($0, name.dropFirst(split.count + 1)) } ?? "-"
            }
            guard hasInterval(name) else { return [text(name)] }
            return [text(name), interval(of: model, name, split)]
          })
    }
    for owner in figures.keys.sorted() where owner.hasPrefix("mean.") {
      let base = owner.dropFirst("mean.".count)
      let members = models.count { model in
        model.hasPrefix(base + "-") && Int(model.dropFirst(base.count + 1)) != nil
      }
      table.rows.append(
        ["\(base), mean of \(members)"]
          + metrics.flatMap { name -> [String] in
            let mean = figures[owner]?[name]
            let deviation = figures["deviation.\(base)"]?[name]
            let key = name.dropFirst(split.count + 1)
            let text = mean.map { Self.text($0, key) } ?? "-"
            guard hasInterval(name) else { return [text] }
            return [text, deviation.map { "sd \(Self.spread($0, key))" } ?? "-"]
          })
    }
    return table
  }

  private func interval(of model: String, _ name: String, _ split: String) -> String {
    guard let lower = figures[model]?[name + "_lower"],
      let upper = figures[model]?[name + "_upper"],
      lower.isFinite, upper.isFinite
    else { return "-" }
    let key = name.dropFirst(split.count + 1)
    return "\(Self.spread(lower, key)) to \(Self.spread(upper, key))"
  }

  /// How often each label, a row, was given each other, a column.
  private func confusions(_ split: String) -> Table? {
    let prefix = split + "_confusion_"
    let places = names.filter { $0.hasPrefix(prefix) }.map { $0.dropFirst(prefix.count) }
    let count = Int(Double(places.count).squareRoot())
    guard count > 1, count <= Self.mostConfused else { return nil }
    let labels = (0..<count).map { $0 < self.labels.count ? self.labels[$0] : "\($0)" }
    var table = Table(["\(split): model", "is, answered:"] + labels)
    for model in models {
      for (number, label) in labels.enumerated() {
        table.rows.append(
          [number == 0 ? model : "", label]
            + (0..<count).map { answer in
              figures[model]?["\(prefix)\(number)_\(answer)"].flatMap(Int.init(exactly:))
                .map(Figure.grouped) ?? "-"
            })
      }
    }
    return table
  }

  /// Whether a metric was measured on a split, and not on one with a longer name.
  private static func isMetric(_ name: String, of split: String) -> Bool {
    name.hasPrefix(split + "_")
      && !splits.contains { $0.hasPrefix(split + "_") && name.hasPrefix($0 + "_") }
  }

  /// The metric of a split that has an interval.
  private func chief(of split: String) -> String {
    let name = names.first { Self.isMetric($0, of: split) && $0.hasSuffix("_lower") }
    return name.map { String($0.dropFirst(split.count + 1).dropLast("_lower".count)) } ?? "score"
  }

  /// `accuracy_difference` as `to teacher`.
  private static func title(_ column: Substring) -> String {
    column.hasSuffix("_difference") ? "to teacher" : String(column).replacing("_", with: " ")
  }

  private static func text(_ value: Double, _ column: Substring) -> String {
    let isDifference = column.hasSuffix("_difference")
    let name = isDifference ? column.dropLast("_difference".count) : column
    guard EvaluateStage.shares.contains(String(name)) else {
      return isDifference ? Figure.difference(value) : Figure.text(value)
    }
    return isDifference ? Figure.points(value) : Figure.percent(value)
  }

  /// A figure of the column without its unit.
  private static func spread(_ value: Double, _ column: Substring) -> String {
    EvaluateStage.shares.contains(String(column))
      ? Figure.oneDecimal(value * 100) : Figure.text(value)
  }
}
