internal import Pipelines

/// Program, machine and threads with which the stages ran.
struct EnvironmentSection {
  private let report: RunReport

  init(_ report: RunReport) { self.report = report }

  /// The section; nil where nothing is recorded of it.
  var markup: Markup? {
    var names: [String] = []
    var values: [String: [(value: String, places: [String])]] = [:]
    for workspace in report.workspaces {
      for attempt in workspace.current {
        let place =
          (report.workspaces.count > 1 ? workspace.name + ", " : "") + attempt.stage
        for fact in attempt.environment {
          if values[fact.name] == nil { names.append(fact.name) }
          var known = values[fact.name] ?? []
          if let index = known.firstIndex(where: { $0.value == fact.value }) {
            known[index].places.append(place)
          } else {
            known.append((fact.value, [place]))
          }
          values[fact.name] = known
        }
      }
    }
    guard !names.isEmpty else { return nil }
    let rows = names.flatMap { name -> [[Markup]] in
      let known = values[name] ?? []
      return known.map { fact -> [Markup] in
        let more = fact.places.count > 6 ? " and \(fact.places.count - 6) more" : ""
        let places =
          known.count == 1 ? "all stages" : fact.places.prefix(6).joined(separator: ", ") + more
        return [Markup(name), Markup(fact.value), Markup.tag("span", "soft", places)]
      }
    }
    return Markup.section(
      "environment", "Environment",
      [Markup.table("Program and machine", ["fact", "value", "stages"], rows)])
  }
}
