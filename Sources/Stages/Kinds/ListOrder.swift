import Files
import Tasks
import Text
import Training

/// Whether answers that are lists go with the labels of their rows in the order in which they are read.
///
/// An answer agrees with its row where the label with its greatest number is one of the row's.
struct ListOrder {
  /// Rows with a list and at least one label, and how many of them agree.
  private(set) var (rows, agreeing) = (0, 0)
  /// How many would agree in the best other order that was found.
  let agreeingElse: Int
  /// That order.
  let other: [String]
  private let labels: [String]
  /// The share that an answer without any sense would have.
  private let chance: Double

  /// Compares.
  ///
  /// - Parameters:
  ///   - logits: The numbers of each row, none where it has no list.
  ///   - targets: What is right for each row.
  ///   - labels: The names in the order in which lists are read.
  init(_ logits: Ragged<Float>, targets: [Target], labels: [String]) {
    var pairs: [(own: [Int], answer: Int)] = []
    var counts: [[Int]: Int] = [:]
    for (row, target) in targets.enumerated() {
      let own = Self.classes(of: target)
      guard !own.isEmpty, let answer = Self.greatest(logits[row]) else { continue }
      pairs.append((own, answer))
      for label in own { counts[[label, answer], default: 0] += 1 }
    }
    rows = pairs.count
    agreeing = pairs.count { $0.own.contains($0.answer) }
    chance =
      Double(pairs.reduce(0) { $0 + $1.own.count }) / Double(max(1, rows * labels.count))
    let names = Self.assignment(counts, count: labels.count)
    agreeingElse = pairs.count { $0.own.contains(names[$0.answer]) }
    other = names.map { labels[$0] }
    self.labels = labels
  }

  /// Whether the labels speak for another order: every row does, or far more rows than would by chance.
  var isDoubtful: Bool {
    guard agreeingElse > agreeing, rows > 1 else { return false }
    if agreeing == 0, agreeingElse == rows { return true }
    let (gain, rest) = (agreeingElse - agreeing, rows - agreeingElse)
    let isBeyondChance = Double(gain) * Double(gain) > 4 * Double(rows)
    return isBeyondChance
      && (Double(agreeing) < chance * Double(rows) || 2 * rest <= rows - agreeing)
  }

  /// What speaks against the order.
  var fault: String {
    "the teacher's answers are lists, read in the order \(Self.shown(labels)), in which \(agreeing) of "
      + "\(rows) agree with their row's label, and \(agreeingElse) in the order \(Self.shown(other))"
  }

  /// What to do about it.
  var cure: String {
    let isShort = labels.count <= 20 && !labels.contains { $0.utf8.count > 60 }
    guard isShort, let right = CommaList.shellWord(of: other),
      let own = CommaList.shellWord(of: labels)
    else {
      return "name all labels in the right order with --labels" + CommaList.notation(for: labels)
    }
    return "give --labels \(right), or --labels \(own) if that is the order"
  }

  /// Names between commas, the first few of many.
  static func shown(_ names: [String]) -> String {
    names.prefix(20).map { printable(String($0.prefix(60))) }.joined(separator: ", ")
      + (names.count > 20 ? " and \(names.count - 20) more" : "")
  }

  private static func classes(of target: Target) -> [Int] {
    switch target {
    case .label(let label): label < 0 ? [] : [Int(label)]
    case .labels(let labels): labels.map { Int($0) }
    default: []
    }
  }

  private static func greatest(_ numbers: ArraySlice<Float>) -> Int? {
    numbers.enumerated().max { ($0.element, $1.offset) < ($1.element, $0.offset) }?.offset
  }

  /// The label of each place, so that the pairs that occur most come together; what is left keeps its place
  /// where it can.
  private static func assignment(_ counts: [[Int]: Int], count: Int) -> [Int] {
    var labelOf = [Int?](repeating: nil, count: max(0, count))
    var taken: Set<Int> = []
    let pairs = counts.sorted { one, two in
      one.value != two.value
        ? one.value > two.value : one.key.lexicographicallyPrecedes(two.key)
    }
    for (pair, _) in pairs {
      guard let label = pair.first, let place = pair.last, labelOf[place] == nil else { continue }
      if taken.insert(label).inserted { labelOf[place] = label }
    }
    for place in labelOf.indices where labelOf[place] == nil && !taken.contains(place) {
      labelOf[place] = place
      taken.insert(place)
    }
    var left = (0..<labelOf.count).filter { !taken.contains($0) }.makeIterator()
    return labelOf.map { $0 ?? left.next() ?? 0 }
  }
}
