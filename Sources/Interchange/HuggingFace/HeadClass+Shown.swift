import Transformer

extension HeadClass {
  /// What stands on the encoder of a folder.
  struct Shown {
    /// The head.
    var head = Head.none
    /// Its tensor whose rows have names, and how many there are.
    var outputs: (tensor: String, count: Int)?
    /// What else stands there, in words.
    var foreign: String?
  }

  /// The richest head whose tensors a folder holds.
  ///
  /// The classes that its configuration names decide whose they are. Where it names none, a head must be
  /// there whole: a classifier of tokens has the names of a classifier of sequences, but nothing below.
  ///
  /// - Parameters:
  ///   - tensors: The tensors by the names that their parameters have here.
  ///   - shapes: The shapes of the tensors.
  ///   - configuration: What `config.json` says.
  ///   - prefix: Begins the names of the family's classes.
  /// - Returns: The head, or what stands in its place.
  static func shown(
    by tensors: [String: String], shapes: [String: [Int]],
    under configuration: HuggingFaceConfiguration, _ prefix: String
  ) -> Shown {
    let classes = configuration.architectures
    if let name = foreign(classes, prefix) { return Shown(foreign: "a \(name)") }
    for row in all {
      guard row.fits(classes, prefix),
        let tensor = row.shownBy.lazy.compactMap({ tensors[$0] }).first,
        let count = shapes[tensor]?.first
      else { continue }
      let head = row.head(count)
      if !row.problemTypes.isEmpty, !isNamed(row, in: classes, prefix),
        lacksSomething(under: head, configuration.model, tensors)
      {
        continue
      }
      return Shown(head: head, outputs: row.hasLabels ? (tensor, count) : nil)
    }
    return Shown()
  }

  private static func isNamed(_ row: HeadClass, in classes: [String], _ prefix: String) -> Bool {
    classes.contains(prefix + row.name)
  }

  /// Whether a folder lacks a parameter of a classifier of sequences.
  private static func lacksSomething(
    under head: Head, _ configuration: ModelConfiguration, _ tensors: [String: String]
  ) -> Bool {
    let model = try? BertModel(configuration, head: head)
    return model?.optionalParameters.contains { tensors[$0.name] == nil } == true
  }
}
