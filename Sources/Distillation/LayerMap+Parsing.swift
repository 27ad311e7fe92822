extension LayerMap.Strategy {
  /// Reads what a user writes: `uniform`, `last`, or a list of layers.
  ///
  /// A list is either one teacher layer per student layer, `4,8,12`, or pairs `student:teacher`,
  /// `1:4,2:8,3:12`. It serves hidden states and attention alike; an entry `0:t` names the
  /// embeddings and serves hidden states only.
  ///
  /// - Parameters:
  ///   - text: what the user wrote.
  ///   - studentLayers: the student's depth; a list without pairs has so many entries.
  /// - Throws: `DistillationError` naming the entry that cannot be read.
  public init(parsing text: String, studentLayers: Int) throws {
    switch text {
    case "uniform": self = .uniform
    case "last": self = .last
    default:
      let entries = text.split(separator: ",", omittingEmptySubsequences: false).map(Self.trimmed)
      let pairs = try entries.enumerated().map { position, entry in
        try Self.pair(entry, position: position + 1)
      }
      if !text.contains(":"), pairs.count != studentLayers {
        throw DistillationError(
          .layerMap,
          "layer_map `\(text)`: \(pairs.count) entries for \(studentLayers) student layers; "
            + "give one teacher layer each, or pairs such as 1:4")
      }
      self = .explicit(hidden: pairs, attention: pairs.filter { $0.student != 0 })
    }
  }

  private static func pair(_ entry: String, position: Int) throws -> LayerMap.Pair {
    let numbers = entry.split(separator: ":", omittingEmptySubsequences: false).map {
      Int(trimmed($0))
    }
    switch (numbers.count, numbers.first ?? nil, numbers.last ?? nil) {
    case (1, let teacher?, _): return LayerMap.Pair(student: position, teacher: teacher)
    case (2, let student?, let teacher?): return LayerMap.Pair(student: student, teacher: teacher)
    default:
      throw DistillationError(
        .layerMap,
        "layer_map entry `\(entry)`: expected `uniform`, `last`, a teacher layer such as 4, "
          + "or a pair such as 1:4")
    }
  }

  private static func trimmed(_ text: some StringProtocol) -> String {
    String(text.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
  }
}
