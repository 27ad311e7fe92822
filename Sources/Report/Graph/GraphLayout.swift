/// Where the stages of a graph stand: in rows, each below those it reads from, with lines between them
/// that go around the others.
struct GraphLayout {
  /// Width and height of a stage.
  static let nodeSize = (width: 198.0, height: 58.0)
  private static let gap = (across: 20.0, down: 40.0)
  /// Room for a line that passes a row.
  private static let laneWidth = 14.0

  /// A place in a row: a stage, or where the lines of a stage pass.
  private struct Slot: Hashable {
    let node: Int
    let isNode: Bool
  }

  /// The middle of each stage's upper edge.
  private(set) var places: [(x: Double, y: Double)] = []
  /// The lines, each the points it goes through: two for every row.
  private(set) var lines: [[(x: Double, y: Double)]] = []
  /// Width and height of the whole.
  private(set) var size = (width: 0.0, height: 0.0)

  /// Lays a graph out.
  ///
  /// - Parameter predecessors: For each stage those that it reads from, all before it.
  init(_ predecessors: [[Int]]) {
    var rows = [Int](repeating: 0, count: predecessors.count)
    for (node, before) in predecessors.enumerated() {
      rows[node] = before.map { rows[$0] + 1 }.max() ?? 0
    }
    var grid = [[Slot]](repeating: [], count: (rows.max() ?? -1) + 1)
    for node in predecessors.indices { grid[rows[node]].append(Slot(node: node, isNode: true)) }
    // What a stage makes goes down one lane to all its readers.
    var deepest = rows
    for (node, before) in predecessors.enumerated() {
      for stage in before { deepest[stage] = max(deepest[stage], rows[node] - 1) }
    }
    for node in predecessors.indices {
      for row in grid.indices where row > rows[node] && row <= deepest[node] {
        grid[row].append(Slot(node: node, isNode: false))
      }
    }
    /// What a slot is joined to in the row above.
    func above(_ slot: Slot, _ row: Int) -> [Slot] {
      let sources = slot.isNode ? predecessors[slot.node] : [slot.node]
      return sources.map { Slot(node: $0, isNode: rows[$0] == row - 1) }
    }
    var below: [[Slot: [Slot]]] = grid.map { _ in [:] }
    for row in grid.indices.dropFirst() {
      for slot in grid[row] {
        for other in above(slot, row) { below[row - 1][other, default: []].append(slot) }
      }
    }
    Self.order(&grid, above, below)
    let centres = Self.centres(grid, above, below)
    place(grid, centres, rows, predecessors, above)
  }

  /// Orders each row so that fewer lines cross: by the mean place of what a slot is joined to, down and
  /// up by turns.
  private static func order(
    _ grid: inout [[Slot]], _ above: (Slot, Int) -> [Slot], _ below: [[Slot: [Slot]]]
  ) {
    for sweep in 0..<8 {
      let isDown = sweep % 2 == 0
      for row in isDown ? Array(grid.indices) : grid.indices.reversed() {
        let beside = row + (isDown ? -1 : 1)
        guard grid.indices.contains(beside) else { continue }
        let order = Dictionary(grid[beside].enumerated().map { ($1, Double($0)) }) { first, _ in
          first
        }
        let keyed = grid[row].enumerated().map { place, slot in
          let joined = isDown ? above(slot, row) : below[row][slot] ?? []
          let known = joined.compactMap { order[$0] }
          let key =
            known.isEmpty
            ? Double(place) * Double(grid[beside].count) / Double(max(grid[row].count, 1))
            : known.reduce(0, +) / Double(known.count)
          return (key: key, place: place, slot: slot)
        }
        grid[row] = keyed.sorted { ($0.key, $0.place) < ($1.key, $1.place) }.map(\.slot)
      }
    }
  }

  /// Where the middle of each slot is: under and over what it is joined to, as far as its neighbours let.
  private static func centres(
    _ grid: [[Slot]], _ above: (Slot, Int) -> [Slot], _ below: [[Slot: [Slot]]]
  ) -> [[Slot: Double]] {
    func width(_ slot: Slot) -> Double { slot.isNode ? nodeSize.width : laneWidth }
    func distance(_ left: Slot, _ right: Slot) -> Double {
      (width(left) + width(right)) / 2 + gap.across
    }
    var centres: [[Slot: Double]] = grid.map { row in
      var x = 0.0
      var last: Slot?
      var places: [Slot: Double] = [:]
      for slot in row {
        if let last { x += distance(last, slot) }
        places[slot] = x
        last = slot
      }
      return places
    }
    for sweep in 0..<40 {
      for row in sweep % 2 == 0 ? Array(grid.indices) : grid.indices.reversed() {
        let slots = grid[row]
        let wanted = slots.map { slot -> Double in
          let up = row > 0 ? above(slot, row).map { ($0, centres[row - 1][$0]) } : []
          let down = (below[row][slot] ?? []).map { ($0, centres[row + 1][$0]) }
          // A line that passes rows is to be straight, more than that boxes stand in the middle.
          var (sum, weight) = (0.0, 0.0)
          for (other, place) in up + down {
            guard let place else { continue }
            let own = slot.isNode && other.isNode ? 1.0 : slot.isNode || other.isNode ? 2 : 16
            sum += own * place
            weight += own
          }
          return weight > 0 ? sum / weight : centres[row][slot] ?? 0
        }
        // As far to the left and to the right as it goes; the middle of both keeps the distances.
        var left = wanted
        for place in slots.indices.dropFirst() {
          left[place] = max(
            wanted[place], left[place - 1] + distance(slots[place - 1], slots[place]))
        }
        var right = wanted
        for place in slots.indices.dropLast().reversed() {
          right[place] = min(
            wanted[place], right[place + 1] - distance(slots[place], slots[place + 1]))
        }
        for (place, slot) in slots.enumerated() {
          centres[row][slot] = (left[place] + right[place]) / 2
        }
      }
    }
    return centres
  }

  private mutating func place(
    _ grid: [[Slot]], _ centres: [[Slot: Double]], _ rows: [Int], _ predecessors: [[Int]],
    _ above: (Slot, Int) -> [Slot]
  ) {
    let margin = 6.0
    let edges = zip(grid, centres).flatMap { slots, centres in
      slots.map { slot -> (left: Double, right: Double) in
        let half = (slot.isNode ? Self.nodeSize.width : Self.laneWidth) / 2
        let x = centres[slot] ?? 0
        return (x - half, x + half)
      }
    }
    let left = (edges.map(\.left).min() ?? 0) - margin
    let step = Self.nodeSize.height + Self.gap.down
    func top(_ row: Int) -> Double { margin + Double(row) * step }
    func x(_ slot: Slot, _ row: Int) -> Double { (centres[row][slot] ?? 0) - left }
    size = (
      (edges.map(\.right).max() ?? 0) - left + margin,
      max(0, top(grid.count) - Self.gap.down) + margin
    )
    places = predecessors.indices.map { node in
      (x(Slot(node: node, isNode: true), rows[node]), top(rows[node]))
    }
    for row in grid.indices.dropFirst() {
      for slot in grid[row] {
        for other in above(slot, row) {
          var line = [
            (x(other, row - 1), top(row - 1) + Self.nodeSize.height), (x(slot, row), top(row)),
          ]
          if !slot.isNode { line.append((x(slot, row), top(row) + Self.nodeSize.height)) }
          lines.append(line.map { (x: $0.0, y: $0.1) })
        }
      }
    }
  }
}
