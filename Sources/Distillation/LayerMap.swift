/// Which teacher layer each student layer imitates.
///
/// It is the mapping n = g(m) of Jiao et al. 2020, 3.1. Layers are counted from 1; hidden state 0 is the embedding output, state l that of layer l.
public struct LayerMap: Sendable, Equatable, CustomStringConvertible {
  /// A student's layer or state and the teacher's that it imitates.
  public struct Pair: Sendable, Hashable {
    /// Of the student.
    public let student: Int
    /// Of the teacher.
    public let teacher: Int

    /// Pairs a student's layer or state with the teacher's.
    public init(student: Int, teacher: Int) {
      self.student = student
      self.teacher = teacher
    }
  }

  /// How layers are matched.
  public enum Strategy: Sendable, Equatable {
    /// Spread evenly: g(m) = floor(m N / M + 1/2) for M student and N teacher layers.
    case uniform
    /// The teacher's last M layers: g(m) = m + N - M.
    case last
    /// Lists of layers; the embeddings, state 0, always imitate the embeddings.
    case explicit(hidden: [Pair], attention: [Pair])
  }

  /// Matched hidden states, ascending in the student's, embeddings first.
  public let hidden: [Pair]
  /// Matched attention layers, counted from 1, ascending in the student's.
  public let attention: [Pair]

  /// Resolves a strategy for two depths.
  ///
  /// - Throws: `DistillationError` naming the entry that is out of range or given twice.
  public init(_ strategy: Strategy, studentLayers: Int, teacherLayers: Int) throws {
    precondition(studentLayers > 0 && teacherLayers > 0, "a layer map needs layers")
    switch strategy {
    case .uniform, .last:
      guard studentLayers <= teacherLayers else {
        throw DistillationError(
          .layerMap,
          "layer_map: the student has \(studentLayers) layers, the teacher only \(teacherLayers); "
            + "take a shallower student or list the layers")
      }
      let layers = (1...studentLayers).map { m in
        // Uniform is floor(m N / M + 1/2) in integers.
        let teacher =
          strategy == .last
          ? m + teacherLayers - studentLayers
          : (2 * m * teacherLayers + studentLayers) / (2 * studentLayers)
        return Pair(student: m, teacher: teacher)
      }
      hidden = [Pair(student: 0, teacher: 0)] + layers
      attention = layers
    case .explicit(let states, let layers):
      let embeddings = Pair(student: 0, teacher: 0)
      hidden = try Self.checked(
        states.contains { $0.student == 0 } ? states : [embeddings] + states, what: "hidden",
        first: 0, studentLayers, teacherLayers)
      attention = try Self.checked(
        layers, what: "attention", first: 1, studentLayers, teacherLayers)
    }
  }

  private static func checked(
    _ pairs: [Pair], what: String, first: Int, _ studentLayers: Int, _ teacherLayers: Int
  ) throws -> [Pair] {
    var seen: Set<Int> = []
    for pair in pairs {
      let entry = "layer_map entry \(pair.student):\(pair.teacher) (\(what))"
      guard (first...studentLayers).contains(pair.student) else {
        throw DistillationError(
          .layerMap, "\(entry): the student's layers are \(first) to \(studentLayers)")
      }
      guard (first...teacherLayers).contains(pair.teacher) else {
        throw DistillationError(
          .layerMap, "\(entry): the teacher's layers are \(first) to \(teacherLayers)")
      }
      guard seen.insert(pair.student).inserted else {
        throw DistillationError(.layerMap, "\(entry): student layer \(pair.student) is given twice")
      }
    }
    return pairs.sorted { $0.student < $1.student }
  }

  /// The resolved map on one line, such as `hidden 0<-0 1<-4; attention 1<-4`.
  public var description: String {
    func list(_ pairs: [Pair]) -> String {
      pairs.isEmpty
        ? "none" : pairs.map { "\($0.student)<-\($0.teacher)" }.joined(separator: " ")
    }
    return "hidden \(list(hidden)); attention \(list(attention))"
  }
}
