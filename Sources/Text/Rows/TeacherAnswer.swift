/// What a row says that a teacher answered for it: a bigger model, a service, a model elsewhere.
public struct TeacherAnswer: Sendable, Hashable {
  /// What its numbers are.
  public enum Kind: String, Sendable, Hashable, Codable, CaseIterable {
    /// A number a label, as the model gives them before softmax.
    case logits
    /// How probable each label is.
    case probabilities
    /// One number, where the task asks for one.
    case score
  }

  /// What its numbers are.
  public let kind: Kind
  /// The names of the labels, in the order of the numbers; empty where the file does not say them.
  public let names: [String]
  /// The numbers.
  public let values: [Double]

  /// An answer.
  ///
  /// - Parameters:
  ///   - kind: What the numbers are.
  ///   - names: As many labels as there are numbers, or none.
  ///   - values: The numbers.
  public init(_ kind: Kind, names: [String] = [], values: [Double]) {
    precondition(names.isEmpty || names.count == values.count, "a name a number")
    self.kind = kind
    self.names = names
    self.values = values
  }
}
