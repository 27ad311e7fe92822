import Compute
import Files
public import Training
public import Transformer

/// How a model's outputs come to be those of a dataset's labels: by another order, or by a translation where they are
/// tags in another notation.
public struct LabelOrder: Sendable, Equatable {
  private enum Way: Equatable {
    /// The model's output for each label of the dataset.
    case sources([Int])
    case translation(TagTranslation)
  }

  private let way: Way

  /// Matches two lists of names.
  ///
  /// - Parameters:
  ///   - own: The names of the model's outputs.
  ///   - labels: The dataset's.
  ///   - model: The model, for the message.
  ///   - option: What names the outputs in order, for the message.
  ///   - mayName: Whether a dataset can be made with all of the model's names.
  ///   - otherwise: What to do where none of that helps.
  /// - Throws: `TaskError` when they are not the same set: a silent mismatch makes a student that
  ///   learns the wrong classes.
  public init(
    of own: [String], in labels: [String], model: String, option: String, mayName: Bool = false,
    otherwise: String = "use a model of this task"
  ) throws {
    guard own.count == labels.count, Set(own) == Set(labels), Set(labels).count == labels.count
    else {
      var cure = otherwise
      if own.count == labels.count {
        cure = "name its outputs in order with \(option)"
      } else if mayName, Set(own).isSuperset(of: labels) {
        cure = Self.cure(naming: own, else: "and all of the model's names in its order")
      }
      throw TaskError(
        model, "its labels are \(Self.list(own)), the dataset's \(Self.list(labels))", cure: cure)
    }
    way = .sources(labels.map { label in own.firstIndex(of: label) ?? 0 })
  }

  /// Takes tags in another notation for those of the same types in IOB2.
  ///
  /// - Throws: `TaskError` where the dataset's labels are not all of them.
  init(_ notation: TagNotation, of own: [String], in labels: [String], model: String) throws {
    guard labels.count == notation.names.count, Set(labels) == Set(notation.names) else {
      throw TaskError(
        model,
        "its labels are \(Self.list(own)), in IOB2 \(Self.list(notation.names)), the dataset's "
          + Self.list(labels),
        cure: Set(notation.names).isSuperset(of: labels)
          ? Self.cure(
            naming: notation.names, else: "and O, and B- and I- with each of the model's types")
          : "use a model of this task")
    }
    way = .translation(notation.translation(to: labels))
  }

  /// Whether outputs are translated.
  public var isTranslation: Bool {
    if case .translation = way { true } else { false }
  }

  /// To make the dataset again with these names, as an option takes them; in words where they are too many, or do
  /// not show as they are.
  private static func cure(naming names: [String], else words: String) -> String {
    var written = words
    if let word = CommaList.shellWord(of: names), word.utf8.count <= 2_000 { written = word }
    return "make the dataset again with --labels " + written
  }

  private static func list(_ names: [String]) -> String {
    let shown = names.prefix(20).map { printable(String($0.prefix(60))) }
    let rest = names.count - shown.count
    return shown.joined(separator: ", ") + (rest > 0 ? " and \(rest) more" : "")
  }

  /// Brings the outputs of a classifier, the rows of its last layer, weight and bias, into the order of the
  /// dataset's labels; those that are to be translated stay as they are.
  ///
  /// - Returns: What is still to be done with all that the model then says.
  public func apply(to model: BertModel, _ weights: ParameterSet) -> OutputTranslation {
    let sources: [Int]
    switch way {
    case .translation(let tags): return OutputTranslation(tags: tags)
    case .sources(let places): sources = places
    }
    guard sources != Array(sources.indices) else { return OutputTranslation(tags: nil) }
    let layer = model.layout.parameters.filter { $0.name.hasPrefix("classifier.") }.suffix(2)
    precondition(
      layer.count == 2 && layer.allSatisfy { $0.shape[0] == sources.count },
      "no classifier of \(sources.count) outputs")
    for parameter in layer {
      let old = weights[parameter].values()
      let width = old.count / sources.count
      weights[parameter].assign(sources.flatMap { old[$0 * width..<($0 + 1) * width] })
    }
    return OutputTranslation(tags: nil)
  }
}

/// From the outputs of a model that has a `LabelOrder` applied to it to those of the dataset's labels.
public struct OutputTranslation: Sendable {
  fileprivate let tags: TagTranslation?

  /// Translates, where there is anything to translate.
  ///
  /// - Parameter found: What the model says.
  /// - Returns: The outputs of the dataset's labels, in their order.
  public func callAsFunction(_ found: Outputs) -> Outputs { tags?(found) ?? found }
}
