internal import Pipelines

/// The stages that are done with what an earlier attempt at a stage before them had made: their figures stand
/// beside those of the attempt that took its place.
struct EarlierStages: Sendable {
  /// For each such stage the one that has been begun anew, or made something else, since.
  private let reasons: [String: String]
  /// Their names, in the order of the graph.
  let names: [String]
  /// How the stages stand that they were made before, by name.
  private let states: [String: String]

  /// Looks for them.
  ///
  /// - Parameters:
  ///   - graph: The stages of the last run.
  ///   - current: The last attempt at each.
  init(_ graph: StageGraph, _ current: [Attempt]) {
    let attempts = Dictionary(current.map { ($0.stage, $0) }) { first, _ in first }
    var reasons: [String: String] = [:]
    var names: [String] = []
    for (place, before) in graph.predecessors.enumerated() {
      let name = graph.nodes[place].name
      guard let own = attempts[name], own.status == "done" else { continue }
      for maker in before.map({ graph.nodes[$0].name }) {
        guard let made = attempts[maker] else { continue }
        let isOther = made.outputs.contains { output in
          own.inputs.contains { $0.name == output.name && $0.content != output.content }
        }
        let isOpen = !["done", "frozen"].contains(made.status)
        guard let reason = reasons[maker] ?? (isOther || isOpen ? maker : nil) else { continue }
        reasons[name] = reason
        names.append(name)
        break
      }
    }
    self.reasons = reasons
    self.names = names
    states = attempts.mapValues(\.status)
  }

  /// The stage that has been begun anew since a stage was done; nil where that is of now.
  subscript(_ stage: String) -> String? { reasons[stage] }

  /// What a reader has to know of them; nil where there are none.
  var warning: String? {
    guard !names.isEmpty else { return nil }
    let begun = Set(reasons.values).sorted().map { "\($0) (\(states[$0] ?? "begun"))" }
    return
      "Since the last evaluation there is a newer attempt at \(begun.joined(separator: ", ")): what is shown "
      + "of \(names.joined(separator: ", ")), scores among it, is of the attempt before."
  }
}
