internal import Artifacts
internal import Files

extension StageGraph {
  /// The graph as lines for a terminal: a stage a line, and to the left of it lanes in which what was
  /// made goes down to those who read it.
  ///
  /// `●` is a stage; `┼` and `├` hand on what a lane carries, `╰` and `┴` end it.
  ///
  /// - Parameter width: Letters of a line; nil for as many as there are. Where they are too few, the kinds of
  ///   stages are left out first, then the ends of lines.
  /// - Returns: The lines.
  package func lines(within width: Int? = nil) -> [String] {
    let drawn = drawing
    let states = nodes.map { node in
      let seconds = node.seconds.map { ", " + $0.duration } ?? ""
      return node.state.map { printable($0) + seconds } ?? ""
    }
    let outside = nodes.map { node in
      let names = sources(of: node).map(printable)
      return names.isEmpty ? "" : "reads " + names.joined(separator: ", ")
    }
    func lines(_ names: [String], _ more: [String]) -> [String] {
      nodes.indices.map { place in
        let line = [
          Self.padded(drawn[place], among: drawn), Self.padded(names[place], among: names),
          Self.padded(states[place], among: states), more[place],
        ].filter { !$0.isEmpty }.joined(separator: "  ")
        return String(line.reversed().drop { $0 == " " }.reversed())
      }
    }
    let names = nodes.map { printable($0.name) }
    let kinds = nodes.map { $0.name == $0.kind ? "" : printable(" (\($0.kind))") }
    let full = zip(names, kinds).map { $0 + $1 }
    guard let width else { return lines(full, outside) }
    let fits = lines(full, outside.map { _ in "" }).allSatisfy { $0.count <= width }
    return lines(fits ? full : names, outside).map { line in
      line.count <= width ? line : String(line.prefix(max(width - 1, 0))) + "…"
    }
  }

  /// The lanes to the left of each stage, with the stage in its own.
  private var drawing: [String] {
    let before = predecessors
    var lastReader = [Int](repeating: -1, count: nodes.count)
    for (place, stages) in before.enumerated() {
      for stage in stages { lastReader[stage] = place }
    }
    // The stage whose product each lane carries; nil where it carries none.
    var lanes: [Int?] = []
    return nodes.indices.map { place -> String in
      let reads = Set(before[place])
      let joins = lanes.indices.filter { lanes[$0].map(reads.contains) ?? false }
      // To the right of all that it reads, so that lines come from the left.
      let least = (joins.last ?? -1) + 1
      let own = lanes.indices.first { $0 >= least && lanes[$0] == nil } ?? lanes.count
      if own == lanes.count { lanes.append(nil) }
      let first = joins.first ?? own
      var text = ""
      for lane in lanes.indices {
        let isOnLine = lane > first && lane < own
        let carried = lanes[lane]
        let ends = carried.map { lastReader[$0] <= place } ?? false
        let mark: Character =
          if lane == own { "●" } else if let carried, reads.contains(carried) {
            lane == first ? (ends ? "╰" : "├") : (ends ? "┴" : "┼")
          } else if carried != nil { "│" } else { isOnLine ? "─" : " " }
        text.append(mark)
        text.append(lane >= first && lane < own ? "─" : " ")
      }
      for lane in joins where lanes[lane].map({ lastReader[$0] <= place }) ?? false {
        lanes[lane] = nil
      }
      lanes[own] = lastReader[place] > place ? place : nil
      while let last = lanes.last, last == nil { lanes.removeLast() }
      return String(text.dropLast())
    }
  }

  private static func padded(_ text: String, among all: [String]) -> String {
    let width = all.map(\.count).max() ?? 0
    return text + String(repeating: " ", count: max(0, width - text.count))
  }
}
