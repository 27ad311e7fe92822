internal import Artifacts
internal import Files
internal import Pipelines

/// Which models of a workspace are to be asked what they attend to, and in what.
package struct AttentionQuestion: Sendable {
  /// A model that was scored, and where it lies.
  package struct Model: Sendable {
    /// What the report calls it.
    package let name: String
    /// A model artifact or a folder, the one that was scored.
    package let path: String
  }

  /// How many rows of a split are looked at.
  private static let mostRows = 1000

  /// The teacher.
  package let teacher: Model
  /// The student.
  package let student: Model
  /// How the student's layers were matched with the teacher's, as the option says it; nil where that is
  /// not recorded.
  package let layerMap: String?
  /// Rows of what was evaluated, those first on which the two differ most.
  package let rows: [(text: String, pair: String?)]

  /// The question of the last stage that scored a teacher and a student; nil where none did.
  ///
  /// - Throws: `ReportFault` where one of the models is not what it was any more; what reading rows throws.
  init?(_ workspace: ReportedWorkspace, in folder: Workspace) throws {
    let all = workspace.current.filter { $0.kind == "evaluate" }
      .compactMap { attempt in
        Evaluation(attempt, among: workspace.attempts).map { (attempt: attempt, evaluation: $0) }
      }
    let last = all.last {
      $0.evaluation.first(.teacher) != nil && $0.evaluation.first(.student) != nil
    }
    guard let (attempt, evaluation) = last, let teacher = evaluation.first(.teacher)?.name else {
      return nil
    }
    let students = evaluation.models.filter { $0.role == .student }.map(\.name)
    let found = workspace.disagreements.first {
      $0.teacher == teacher && students.contains($0.student)
    }
    guard let student = found?.student ?? students.first else { return nil }
    let files = EvaluatedFiles(attempt, in: folder)
    func model(_ name: String) throws -> Model {
      guard let path = files.model(name) else {
        throw ReportFault(
          "\(attempt.stage): what \(teacher) and \(student) attend to is left out: \(name) is not what "
            + "was scored any more, or gone; run the pipeline again")
      }
      return Model(name: name, path: path)
    }
    self.teacher = try model(teacher)
    self.student = try model(student)
    layerMap = attempt.inputs.first { $0.name == student }.flatMap {
      Self.layerMap(of: $0.content, among: workspace.attempts)
    }
    let differing = found?.rows.map { ($0.text, $0.pair) } ?? []
    rows =
      differing
      + (try evaluation.chiefSplit.map { try files.rows(of: $0, most: Self.mostRows) } ?? [])
  }

  /// The layer map of the stage that made a model, or of the one that made what it began with.
  private static func layerMap(of content: String, among attempts: [Attempt]) -> String? {
    var content = content
    var seen: Set<String> = []
    while seen.insert(content).inserted {
      let made = attempts.last { attempt in attempt.outputs.contains { $0.content == content } }
      guard let made else { return nil }
      if let map = made.options.first(where: { $0.name == "layer_map" })?.value.string {
        return map
      }
      let start = made.inputs.first { ["student", "model"].contains($0.port) }
      guard let start else { return nil }
      content = start.content
    }
    return nil
  }
}

/// Why a part of a report is left out, in one line.
struct ReportFault: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}
