import Files

extension HuggingFaceConfiguration {
  /// The most outputs that a classifier may have.
  private static let labelLimit = 1 << 20

  /// The class names that a file states, and what is wrong with them, which matters to nobody who
  /// does not ask for a classifier.
  ///
  /// They are those of `id2label`, as for transformers, whatever `num_labels` is; without it
  /// `num_labels` of Hugging Face's own, `LABEL_0` and so on; else none. `label2id` decides nothing,
  /// but where it gives the same names other numbers nobody can tell which is meant. Nor can it be told
  /// where a number is left out: transformers counts the names for outputs and then finds none for one.
  static func readLabels(_ reader: ConfigurationReader) -> (names: [String], fault: String?) {
    guard let value = reader.optional("id2label") else {
      guard let stated = reader.optional("num_labels") else { return ([], nil) }
      guard let count = stated.integer, (1...labelLimit).contains(count) else {
        return ([], "num_labels is no number from 1 to \(labelLimit)")
      }
      return (placeholders(count), nil)
    }
    guard let members = value.object?.members else {
      return ([], "id2label is \(value.kindName), expected an object of class names")
    }
    let byNumber = Dictionary(
      members.map { ($0.name, $0.value.string ?? $0.value.integer.map(String.init)) },
      uniquingKeysWith: { first, _ in first })
    let names = members.indices.compactMap { byNumber[String($0)] ?? nil }
    if let number = members.indices.first(where: { (byNumber[String($0)] ?? nil) == nil }) {
      return ([], "id2label does not give a name to each number from 0, none to \(number)")
    }
    guard Set(names).count == names.count else {
      return ([], "id2label gives one name to two classes")
    }
    return (names, reversed(names, by: reader.optional("label2id")))
  }

  private static func reversed(_ names: [String], by label2id: JSONValue?) -> String? {
    let members = label2id?.object?.members ?? []
    guard members.count == names.count, Set(members.map(\.name)) == Set(names),
      let other = members.first(where: {
        $0.value.integer.map { names.indices.contains($0) } == true
          && $0.value.integer.map { names[$0] } != $0.name
      })
    else { return nil }
    return "label2id gives '\(printable(other.name))' another number than id2label"
  }

  /// Hugging Face's own names for outputs that have none.
  static func placeholders(_ count: Int) -> [String] { (0..<count).map { "LABEL_\($0)" } }

  /// The names of a classifier's outputs.
  ///
  /// Placeholders for another number of outputs are those that old files state whatever the model has.
  ///
  /// - Throws: `InterchangeError` where the file is wrong about them.
  func labels(ofOutputs count: Int, of tensor: String, path: String) throws -> [String] {
    if let labelFault {
      throw InterchangeError(
        "\(path): \(labelFault); correct it, or name the outputs in order (--labels of predict, "
          + "--model-labels of evaluate, --teacher-labels of a training)")
    }
    if labels.count == count { return labels }
    guard labels == Self.placeholders(labels.count) else {
      throw InterchangeError(
        "\(path): names \(labels.count) classes (id2label), but \(tensor) has \(count) rows: "
          + "one of the two belongs to another model")
    }
    return Self.placeholders(count)
  }
}
