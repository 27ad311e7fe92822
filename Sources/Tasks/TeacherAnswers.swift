import Files
import Foundation
public import Text

/// Brings the answers of a teacher that is elsewhere, as a file of rows has them, into the logits of a
/// data set: numbers in the order of its labels.
public struct TeacherAnswers {
  /// How far from 1 probabilities may sum: what is left of them when they are rounded to two digits, or
  /// to four where there are more than 200 of them.
  static func tolerance(of count: Int) -> Double { max(0.01, 5e-5 * Double(count)) + 1e-9 }
  /// What stands for a probability of exactly 0, unless another one of the row is less still.
  static let leastProbability = 1e-8

  /// How many probabilities of 0 were given.
  public private(set) var zeros = 0
  /// How many answers were lists, whose numbers have no names.
  public private(set) var lists = 0
  private let task: any RowTask
  private let labels: [String]
  private let path: String
  private let places: [String: Int32]
  /// The names of the last answer, and where each of its numbers belongs.
  private var names: [String] = []
  private var order: [Int] = []

  /// Prepares for the rows of a file.
  ///
  /// - Parameters:
  ///   - task: what they are for.
  ///   - labels: names of the outputs.
  ///   - path: the file.
  public init(_ task: any RowTask, labels: [String], path: String) {
    self.task = task
    self.labels = labels
    self.path = path
    places = LabelSet.places(labels)
  }

  /// The logits of a row's answer; none where it has none.
  ///
  /// - Throws: `TextError` naming the line: another number of numbers than labels, other names, or
  ///   numbers that cannot be such an answer.
  public mutating func logits(of row: LabelledRow) throws -> [Float] {
    guard let answer = row.teacher else { return [] }
    let place = "\(path):\(row.line)"
    let key = answer.kind.rawValue
    var values = answer.values
    if answer.names.isEmpty {
      guard values.count == labels.count else {
        let notation = CommaList.notation(for: labels)
        let wanted =
          task.answerKinds.contains(.score)
          ? "one number" : "one for each, or name all labels with --labels\(notation)"
        throw TextError(
          place,
          "'\(key)' has \(values.count) numbers, the labels are \(labels.count): \(shownLabels); give "
            + wanted)
      }
      lists += 1
    } else {
      try findOrder(of: answer.names, key: key, at: place)
      values = order.map { answer.values[$0] }
    }
    if answer.kind == .probabilities { zeros += values.count { $0 == 0 } }
    return try task.logits(of: values, kind: answer.kind, at: place)
  }

  private mutating func findOrder(of found: [String], key: String, at place: String) throws {
    guard found != names || order.isEmpty else { return }
    var order = [Int?](repeating: nil, count: labels.count)
    for (position, name) in found.enumerated() {
      guard
        let label = places[name] ?? places[LabelSet.wholeNumber(name)]
          ?? Self.number(ofNameless: name).flatMap({ places[$0] })
      else {
        throw TextError(
          place,
          "'\(key)' names '\(Self.shown(name))', which is no label (\(shownLabels)); write it as the rows' label, "
            + "or name all labels with --labels\(CommaList.notation(for: labels + [name]))")
      }
      guard order[Int(label)] == nil else {
        throw TextError(
          place, "'\(key)' names '\(Self.shown(labels[Int(label)]))' twice; leave one out")
      }
      order[Int(label)] = position
    }
    if let missing = order.firstIndex(of: nil) {
      throw TextError(
        place,
        "'\(key)' lacks '\(Self.shown(labels[missing]))' (labels: \(shownLabels)); give a number for "
          + "each label")
    }
    self.order = order.compactMap(\.self)
    names = found
  }

  /// The number in what transformers calls an output that has no name: LABEL_1 is the class 1.
  private static func number(ofNameless name: String) -> String? {
    let start = "LABEL_"
    guard name.hasPrefix(start), let number = Int(name.dropFirst(start.count)) else { return nil }
    return "\(number)"
  }

  private var shownLabels: String {
    labels.prefix(20).map(Self.shown).joined(separator: ", ")
      + (labels.count > 20 ? " and \(labels.count - 20) more" : "")
  }

  private static func shown(_ name: String) -> String { printable(String(name.prefix(60))) }
}

extension TeacherAnswers {
  /// Numbers in single precision.
  ///
  /// - Throws: `TextError` for one that is beyond it.
  static func logits(_ values: [Double], kind: TeacherAnswer.Kind, at place: String) throws
    -> [Float]
  {
    try values.map { value in
      let rounded = Float(value)
      guard rounded.isFinite else {
        throw TextError(
          place, "'\(kind.rawValue)' has \(value), beyond single precision; correct it")
      }
      return rounded
    }
  }

  /// The logarithms of probabilities.
  ///
  /// They need not sum to 1 exactly: softmax makes them do so.
  ///
  /// - Throws: `TextError` for one that is none, or where they do not sum to 1.
  static func logits(ofProbabilities values: [Double], at place: String) throws -> [Float] {
    try requireShares(values, at: place)
    let sum = values.reduce(0, +)
    guard abs(sum - 1) <= tolerance(of: values.count) else {
      throw TextError(
        place,
        "'probabilities' sum to \(shortened(sum)), not to 1 (within "
          + "\(shortened(tolerance(of: values.count)))); give those of all labels, of which one is right"
      )
    }
    let least = values.filter { $0 > 0 }.min() ?? 1
    return values.map { Float(log(max($0, min(leastProbability, least)))) }
  }

  /// The log odds of probabilities of labels of which any number may be right.
  ///
  /// - Throws: `TextError` for one that is none.
  static func logOdds(ofProbabilities values: [Double], at place: String) throws -> [Float] {
    try requireShares(values, at: place)
    return values.map { value in
      let value = min(max(value, leastProbability), 1 - leastProbability)
      return Float(log(value / (1 - value)))
    }
  }

  private static func requireShares(_ values: [Double], at place: String) throws {
    // Rounded in single precision, a sure thing may be a little more than that.
    let slack = 1e-6
    if let value = values.first(where: { !(-slack...1 + slack).contains($0) }) {
      throw TextError(
        place,
        "'probabilities' has \(value), expected 0 to 1; divide percentages by 100, and give numbers "
          + "before softmax as 'logits'")
    }
  }

  private static func shortened(_ number: Double) -> String { String(format: "%.4g", number) }
}
