/// The targets of many examples as flat columns, all of one kind: four bytes a number, and eight an
/// example where their counts differ.
public enum Targets: Sendable, Equatable {
  /// No example has one.
  case none
  /// A class each; -1 where there is none.
  case labels([Int32])
  /// Some classes each, ascending; -1 alone where it is not known which.
  case labelSets(Ragged<Int32>)
  /// A number each; NaN where there is none.
  case numbers([Float])
  /// A class for every token; an empty row where there are none.
  case tokenLabels(Ragged<Int32>)
  /// The first and the last token of each answer, two entries an example; -1 twice where there is
  /// none.
  case spans([Int32])
  /// Numbers each; an empty row where there are none.
  case vectors(Ragged<Float>)

  /// Flattens targets.
  ///
  /// - Precondition: Those that are not `none` are of one kind.
  public init(_ targets: some Collection<Target>) {
    switch targets.first(where: { $0 != .none }) ?? .none {
    case .none: self = .none
    case .label:
      self = .labels(
        targets.map { if case .label(let label) = $0 { label } else { Self.absent($0, -1) } })
    case .number:
      self = .numbers(
        targets.map { if case .number(let number) = $0 { number } else { Self.absent($0, .nan) } })
    case .span:
      self = .spans(
        targets.flatMap { target -> [Int32] in
          if case .span(let first, let last) = target { return [first, last] }
          return Self.absent(target, [-1, -1])
        })
    case .labels:
      self = .labelSets(
        Self.rows(targets) {
          if case .labels(let labels) = $0 { labels } else { Self.absent($0, [-1]) }
        })
    case .tokenLabels:
      self = .tokenLabels(
        Self.rows(targets) {
          if case .tokenLabels(let labels) = $0 { labels } else { Self.absent($0, []) }
        })
    case .vector:
      self = .vectors(
        Self.rows(targets) {
          if case .vector(let numbers) = $0 { numbers } else { Self.absent($0, []) }
        })
    }
  }

  /// What stands in a column for no target.
  private static func absent<Value>(_ target: Target, _ value: Value) -> Value {
    precondition(target == .none, "targets of two kinds")
    return value
  }

  private static func rows<Element>(
    _ targets: some Collection<Target>, _ row: (Target) -> [Element]
  ) -> Ragged<Element> {
    var rows = Ragged<Element>()
    for target in targets { rows.append(row(target)) }
    return rows
  }

  /// How many there are; `nil` where no example has one.
  public var count: Int? {
    switch self {
    case .none: nil
    case .labels(let labels): labels.count
    case .labelSets(let rows), .tokenLabels(let rows): rows.count
    case .numbers(let numbers): numbers.count
    case .spans(let ends): ends.count / 2
    case .vectors(let rows): rows.count
    }
  }

  /// The target of the example with this number.
  public subscript(index: Int) -> Target {
    switch self {
    case .none: return .none
    case .labels(let labels): return labels[index] < 0 ? .none : .label(labels[index])
    case .labelSets(let rows):
      return rows[index].first == -1 ? .none : .labels(Array(rows[index]))
    case .numbers(let numbers): return numbers[index].isNaN ? .none : .number(numbers[index])
    case .tokenLabels(let rows):
      return rows[index].isEmpty ? .none : .tokenLabels(Array(rows[index]))
    case .spans(let ends):
      let (first, last) = (ends[2 * index], ends[2 * index + 1])
      return first < 0 ? .none : .span(first: first, last: last)
    case .vectors(let rows): return rows[index].isEmpty ? .none : .vector(Array(rows[index]))
    }
  }

  /// The first of `count` examples without a target, if there is one.
  public func firstMissing(of count: Int) -> Int? { (0..<count).first { !isKnown($0) } }

  /// Whether an example has a target, all of it.
  public func isKnown(_ index: Int) -> Bool {
    switch self[index] {
    case .none: false
    case .tokenLabels(let labels): !labels.contains(unknownLabel)
    default: true
    }
  }

  /// Whether any example has a target.
  public var areKnown: Bool {
    switch self {
    case .none: false
    case .tokenLabels(let rows):
      rows.values.contains { $0 >= 0 } || !rows.values.contains(unknownLabel)
    default: true
    }
  }

  /// The first example whose target cannot be one, and why.
  ///
  /// - Parameters:
  ///   - lengths: tokens of each example.
  ///   - outputs: columns of the logits of a model that is to learn them.
  /// - Returns: `nil` where all can.
  public func firstFault(lengths: [Int], outputs: Int) -> (index: Int, reason: String)? {
    if case .labels(let labels) = self {
      return labels.firstIndex { $0 < -1 || $0 >= outputs }
        .map { ($0, "label \(labels[$0]) of \(outputs)") }
    }
    for index in lengths.indices {
      if let reason = self[index].fault(length: lengths[index], outputs: outputs) {
        return (index, reason)
      }
    }
    return nil
  }
}
