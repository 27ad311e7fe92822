/// Evaluations whose scores can be shown in one chart: of the same metric on a split of the same name.
struct ScoreGroup {
  /// An evaluation and where it is from.
  struct Member {
    /// Place of the workspace in the report.
    let place: Int
    let workspace: ReportedWorkspace
    let evaluation: Evaluation

    /// Where a figure of a model is recorded.
    func source(_ model: Evaluation.Model, _ name: String) -> String {
      "\(place)/\(evaluation.stage)/\(model.name).\(name)"
    }
  }

  let split: String
  let metric: String
  private(set) var members: [Member]

  /// The name of the score in `Evaluation.Model.figures`.
  var score: String { "\(split)_\(metric)" }
  var isShare: Bool { Evaluation.isShare(metric) }
  /// The metric and the split in words.
  var title: String { "\(split.replacing("_", with: " ")) \(metric.replacing("_", with: " "))" }

  /// The groups of a report, in the order in which they are met.
  static func all(of report: RunReport) -> [ScoreGroup] {
    var groups: [ScoreGroup] = []
    for (place, workspace) in report.workspaces.enumerated() {
      for evaluation in workspace.evaluations {
        guard let split = evaluation.chiefSplit, let metric = evaluation.chief(of: split) else {
          continue
        }
        let member = Member(place: place, workspace: workspace, evaluation: evaluation)
        if let known = groups.firstIndex(where: { $0.split == split && $0.metric == metric }) {
          groups[known].members.append(member)
        } else {
          groups.append(ScoreGroup(split: split, metric: metric, members: [member]))
        }
      }
    }
    return groups
  }

  /// The student with the best score, where it was scored.
  var best: (member: Member, student: Evaluation.Model)? {
    let all = members.flatMap { member in
      member.evaluation.models.filter { $0.role == .student && $0[score]?.isFinite == true }
        .map { (member: member, student: $0) }
    }
    let isLow = ["mse", "perplexity"].contains(metric)
    return all.enumerated().min { left, right in
      let (a, b) = (left.element.student[score] ?? 0, right.element.student[score] ?? 0)
      return a == b ? left.offset < right.offset : isLow ? a < b : a > b
    }?.element
  }

  /// What a model is called: with its workspace where there are several.
  func name(_ model: Evaluation.Model, _ member: Member) -> String {
    Set(members.map(\.place)).count > 1 ? "\(model.name), \(member.workspace.name)" : model.name
  }
}
