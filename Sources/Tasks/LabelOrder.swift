import Compute
import Files
public import Training
public import Transformer

/// How a model's outputs must be permuted so that they stand in the dataset's order; or what becomes of them
/// where they are tags in another notation.
public struct LabelOrder: Sendable, Equatable {
  /// The model's output for each label of the dataset; none where they are translated.
  private let sources: [Int]
  private let notation: TagNotation?

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
      throw TaskError(
        model, "its labels are \(Self.list(own)), the dataset's \(Self.list(labels))",
        cure: own.count == labels.count
          ? "name its outputs in order with \(option)"
          : mayName && Set(own).isSuperset(of: labels)
            ? "make the dataset again with --labels "
              + Self.written(own, else: "and all of the model's names in its order")
            : otherwise)
    }
    sources = labels.map { label in own.firstIndex(of: label) ?? 0 }
    notation = nil
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
          ? "make the dataset again with --labels "
            + Self.written(
              notation.names, else: "and O, and B- and I- with each of the model's types")
          : "use a model of this task")
    }
    sources = []
    self.notation = notation.ordered(as: labels)
  }

  /// Whether outputs are translated: `apply` does nothing then, and `translated` does.
  public var isTranslation: Bool { notation != nil }

  /// Outputs of a model to which it was applied, in the order of the dataset's labels.
  public func translated(_ outputs: Outputs) -> Outputs {
    notation?.translated(outputs) ?? outputs
  }

  /// Names as an option takes them; in words where they are too many, or do not show as they are.
  private static func written(_ names: [String], else words: String) -> String {
    guard let word = CommaList.shellWord(of: names), word.utf8.count <= 2_000 else { return words }
    return word
  }

  private static func list(_ names: [String]) -> String {
    let shown = names.prefix(20).map { printable(String($0.prefix(60))) }
    let rest = names.count - shown.count
    return shown.joined(separator: ", ") + (rest > 0 ? " and \(rest) more" : "")
  }

  /// Permutes the outputs of a classifier, the rows of its last layer, weight and bias; where they are to be
  /// translated, they stay as they are.
  public func apply(to model: BertModel, _ weights: ParameterSet) {
    guard notation == nil, sources != Array(sources.indices) else { return }
    let layer = model.layout.parameters.filter { $0.name.hasPrefix("classifier.") }.suffix(2)
    precondition(
      layer.count == 2 && layer.allSatisfy { $0.shape[0] == sources.count },
      "no classifier of \(sources.count) outputs")
    for parameter in layer {
      let old = weights[parameter].values()
      let width = old.count / sources.count
      weights[parameter].assign(sources.flatMap { old[$0 * width..<($0 + 1) * width] })
    }
  }
}
