/// The mean and the spread of models that differ by their seed alone, as their names and sizes tell:
/// `student-1` and `student-2` are a group.
enum SeedSummary {
  /// The mean and the standard deviation (of a sample, n - 1) of every score that all models of a group
  /// have.
  ///
  /// - Parameters:
  ///   - names: The models.
  ///   - metrics: Their metrics, named `model.split_metric`.
  /// - Returns: `mean.student.dev_accuracy` and `deviation.student.dev_accuracy` for each.
  static func metrics(of names: [String], _ metrics: StageMetrics) -> StageMetrics {
    var groups: [(base: String, members: [String])] = []
    for name in names {
      guard let dash = name.lastIndex(of: "-"), dash != name.startIndex,
        Int(name[name.index(after: dash)...]) != nil
      else { continue }
      let base = String(name[..<dash])
      if let place = groups.firstIndex(where: { $0.base == base }) {
        groups[place].members.append(name)
      } else {
        groups.append((base, [name]))
      }
    }
    let values = Dictionary(metrics) { first, _ in first }
    var summary: StageMetrics = []
    // Beside a `student`, `student-2` is another one's name, which was numbered to be told from it.
    for group in groups where group.members.count > 1 && !names.contains(group.base) {
      let sizes = ["parameters", "layers", "hidden_size"].map { size in
        Set(group.members.map { values["\($0).\(size)"] })
      }
      guard sizes.allSatisfy({ $0.count == 1 }) else { continue }
      let prefix = (group.members.first ?? "") + "."
      for (name, _) in metrics where name.hasPrefix(prefix) {
        let metric = name.dropFirst(prefix.count)
        guard ["train_", "dev_", "test_"].contains(where: metric.hasPrefix),
          !metric.contains("_confusion_"), !metric.hasSuffix("_lower"), !metric.hasSuffix("_upper")
        else { continue }
        let scores = group.members.compactMap { values["\($0).\(metric)"] }
        guard scores.count == group.members.count else { continue }
        let mean = scores.reduce(0, +) / Double(scores.count)
        let squares = scores.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        summary.append(("mean.\(group.base).\(metric)", mean))
        summary.append(
          ("deviation.\(group.base).\(metric)", (squares / Double(scores.count - 1)).squareRoot()))
      }
    }
    return summary
  }
}
