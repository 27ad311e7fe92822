public import Transformer

/// Which layers' self-attention relations are compared, and into how many heads they are cut (Wang and
/// others 2021, "MiniLMv2").
///
/// Relations are among the rows of queries, of keys and of values; the heads are their own, so that
/// teacher and student may differ in width, in attention heads and in depth.
public struct RelationMatch: Sendable, Equatable, CustomStringConvertible {
  /// Heads unless told otherwise.
  public static let usualHeads = 12

  /// The student's layer and the teacher's that it imitates, counted from 1.
  public let pair: LayerMap.Pair
  /// Relation heads; they divide both widths.
  public let heads: Int

  /// In words.
  public var description: String { "\(pair.student)<-\(pair.teacher) by \(heads) relation heads" }

  /// Matches the layers of two models.
  ///
  /// - Parameters:
  ///   - heads: relation heads.
  ///   - layer: `student:teacher`, or a teacher's layer for the student's last; the last of both if nil.
  ///   - student: the student's sizes.
  ///   - teacher: the teacher's sizes.
  /// - Throws: `DistillationError` naming the option that does not fit.
  public init(
    heads: Int = usualHeads, layer: String? = nil, student: ModelConfiguration,
    teacher: ModelConfiguration
  ) throws {
    let (own, other) = (student.hiddenSize, teacher.hiddenSize)
    guard heads > 0, own % heads == 0, other % heads == 0 else {
      let common = (1...max(1, min(own, other))).filter { own % $0 == 0 && other % $0 == 0 }
      throw DistillationError(
        .relations,
        "--relation-heads: \(heads) heads do not divide both the student's width \(own) and the "
          + "teacher's \(other); take one of " + common.map { "\($0)" }.joined(separator: ", "))
    }
    var pair = LayerMap.Pair(student: student.layerCount, teacher: teacher.layerCount)
    if let layer {
      let numbers = layer.split(separator: ":", omittingEmptySubsequences: false).map { Int($0) }
      switch (numbers.count, numbers.first ?? nil, numbers.last ?? nil) {
      case (1, let other?, _): pair = LayerMap.Pair(student: student.layerCount, teacher: other)
      case (2, let own?, let other?): pair = LayerMap.Pair(student: own, teacher: other)
      default:
        throw DistillationError(
          .relations,
          "--relation-layer: '\(layer)' is no layer; give one of the teacher's such as "
            + "\(teacher.layerCount), or a pair student:teacher such as "
            + "\(student.layerCount):\(teacher.layerCount)")
      }
    }
    for (name, number, count) in [
      ("student", pair.student, student.layerCount), ("teacher", pair.teacher, teacher.layerCount),
    ] where number < 1 || number > count {
      throw DistillationError(
        .relations,
        "--relation-layer: the \(name) has no layer \(number); take one from 1 to \(count)")
    }
    (self.pair, self.heads) = (pair, heads)
  }
}
