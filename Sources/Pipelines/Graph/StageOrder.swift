/// An order in which stages can run, by the stages that each reads from.
struct StageOrder {
  /// Indices of all stages: each after those it reads from, else the first of the file first.
  private(set) var order: [Int] = []
  /// Stages that wait for each other, in the direction of the data, each cycle beginning with its
  /// first stage in the file.
  private(set) var cycles: [[Int]] = []

  /// Kahn's algorithm, always taking the first ready stage of the file.
  ///
  /// Where none is ready there is a cycle; it is noted and taken as done, to find the others.
  ///
  /// - Parameter predecessors: For each stage, the stages it reads from, ascending.
  init(_ predecessors: [[Int]]) {
    var waitsFor = predecessors.map(\.count)
    var readers = [[Int]](repeating: [], count: predecessors.count)
    for (index, before) in predecessors.enumerated() {
      for stage in before { readers[stage].append(index) }
    }
    var ready = LeastFirst(predecessors.indices.filter { waitsFor[$0] == 0 })
    var isDone = [Bool](repeating: false, count: predecessors.count)
    var firstLeft = 0
    while order.count < predecessors.count {
      var done = ready.take().map { [$0] } ?? []
      if done.isEmpty {
        while isDone[firstLeft] { firstLeft += 1 }
        done = Self.cycle(from: firstLeft, predecessors, isDone)
        cycles.append(done)
      }
      for stage in done { isDone[stage] = true }
      order += done
      for stage in done {
        for reader in readers[stage] {
          waitsFor[reader] -= 1
          if waitsFor[reader] == 0, !isDone[reader] { ready.add(reader) }
        }
      }
    }
  }

  /// Walks backwards from an unsorted stage, each of which has an unsorted predecessor, until one is
  /// met again.
  private static func cycle(from start: Int, _ predecessors: [[Int]], _ isDone: [Bool]) -> [Int] {
    var current = start
    var places: [Int: Int] = [:]
    var path: [Int] = []
    while places[current] == nil {
      places[current] = path.count
      path.append(current)
      current = predecessors[current].first { !isDone[$0] } ?? current
    }
    let cycle = Array(path[(places[current] ?? 0)...].reversed())
    guard let least = cycle.indices.min(by: { cycle[$0] < cycle[$1] }) else { return cycle }
    return Array(cycle[least...] + cycle[..<least])
  }
}

/// Numbers of which the least is taken first (a binary heap).
private struct LeastFirst {
  private var values: [Int]

  /// Holds `values`, which ascend.
  init(_ values: [Int]) { self.values = values }

  mutating func add(_ value: Int) {
    values.append(value)
    var child = values.count - 1
    while child > 0, values[child] < values[(child - 1) / 2] {
      values.swapAt(child, (child - 1) / 2)
      child = (child - 1) / 2
    }
  }

  mutating func take() -> Int? {
    guard let least = values.first else { return nil }
    let last = values.removeLast()
    guard !values.isEmpty else { return least }
    values[0] = last
    var parent = 0
    while true {
      let children = [2 * parent + 1, 2 * parent + 2].filter { $0 < values.count }
      guard let child = children.min(by: { values[$0] < values[$1] }),
        values[child] < values[parent]
      else { return least }
      values.swapAt(child, parent)
      parent = child
    }
  }
}
