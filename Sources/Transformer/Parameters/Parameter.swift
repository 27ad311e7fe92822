/// How a new parameter is filled.
public enum Initialization: String, Sendable, Hashable, Codable {
  /// Independent normal values of mean 0.
  case normal
  /// Zeros: biases.
  case zeros
  /// Ones: the gain of a layer norm.
  case ones
}

/// The handle of one tensor inside a `ParameterSet`: where it lies, and how it is treated.
public struct Parameter: Sendable, Hashable {
  /// Hugging Face's name in a file of BERT, with the `bert.` prefix, whatever the family.
  public let name: String
  /// The tensor's own shape: one number for a bias, two for a matrix.
  public let shape: [Int]
  /// Rows of the matrix it is seen as; a bias is one row.
  public let rows: Int
  /// Columns of the matrix it is seen as.
  public let columns: Int
  /// First element, counted from the start of the set.
  public let offset: Int
  /// Whether weight decay applies.
  public let decays: Bool
  /// How it is filled when it is new.
  public let initialization: Initialization

  /// Number of elements.
  public var count: Int { rows * columns }
}

/// The ordered list of a model's parameters and where each lies in one flat row of floats.
///
/// Parameters are contiguous and unpadded, so consecutive declarations are adjacent: the weights of
/// query, key and value are one `[3C, C]` matrix.
public struct ParameterLayout: Sendable, Equatable {
  /// All parameters in the order they were declared.
  public private(set) var parameters: [Parameter] = []
  /// Number of floats.
  public private(set) var count = 0
  private var places: [String: Int] = [:]

  /// Bytes of the floats.
  public var byteCount: Int { count * MemoryLayout<Float>.stride }

  /// Makes an empty layout.
  public init() {}

  /// Appends a parameter of one or two dimensions and returns its handle; names are unique.
  @discardableResult
  public mutating func declare(
    _ name: String, shape: [Int], decays: Bool, initialization: Initialization
  ) -> Parameter {
    precondition(places[name] == nil, "parameter \(name) is declared twice")
    precondition(
      (1...2).contains(shape.count) && shape.allSatisfy { $0 > 0 },
      "parameter \(name) has shape \(shape), expected one or two positive sizes")
    let columns = shape[shape.count - 1]
    let parameter = Parameter(
      name: name, shape: shape, rows: shape.count == 2 ? shape[0] : 1, columns: columns,
      offset: count, decays: decays, initialization: initialization)
    places[name] = parameters.count
    parameters.append(parameter)
    count += parameter.count
    return parameter
  }

  /// The parameter of that name, if declared.
  public subscript(_ name: String) -> Parameter? {
    places[name].map { parameters[$0] }
  }
}
