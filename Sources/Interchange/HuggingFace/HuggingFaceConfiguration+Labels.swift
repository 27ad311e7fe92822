import Files

extension HuggingFaceConfiguration {
  /// The class names of `id2label`, checked against `label2id` and `num_labels`; without names,
  /// `num_labels` of Hugging Face's own, `LABEL_0` and so on; else none.
  static func readLabels(_ reader: inout ConfigurationReader) -> [String] {
    var labels: [String] = []
    if let value = reader.optional("id2label") {
      guard let names = value.object else {
        reader.fault("id2label is \(value.kindName), expected an object of class names")
        return []
      }
      let byNumber = Dictionary(
        names.members.map { ($0.name, $0.value.string) }, uniquingKeysWith: { first, _ in first })
      labels = (0..<names.members.count).compactMap { byNumber[String($0)] ?? nil }
      guard labels.count == names.members.count else {
        reader.fault("id2label does not give a string to each number from 0")
        return []
      }
      guard Set(labels).count == labels.count else {
        reader.fault("id2label gives one name to two classes")
        return []
      }
    }
    if reader.optional("num_labels") != nil {
      let count = reader.integer("num_labels")
      guard (1...(1 << 20)).contains(count) else {
        reader.fault("num_labels is \(count), expected 1 to \(1 << 20)")
        return []
      }
      if labels.isEmpty { labels = (0..<count).map { "LABEL_\($0)" } }
      if labels.count != count {
        reader.fault("num_labels is \(count), but id2label has \(labels.count) classes")
      }
    }
    if let value = reader.optional("label2id"), !labels.isEmpty {
      let agrees = labels.enumerated().allSatisfy { value.object?[$1]?.integer == $0 }
      if !agrees || value.object?.members.count != labels.count {
        reader.fault("label2id is not the inverse of id2label: correct or remove it")
      }
    }
    return labels
  }
}
