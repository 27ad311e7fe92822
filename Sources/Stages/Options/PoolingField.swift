import Files
import Pipelines
import Transformer

/// How an encoder that has no pooling of its own makes a vector of a text.
enum PoolingField {
  static let field = OptionField(
    "pooling", .choice(Pooling.allCases.map(\.rawValue)), default: nil,
    help: "how an encoder without pooling of its own makes a vector of a text (sentence-embedding)")

  /// The pooling of that name.
  ///
  /// - Throws: `StageError` (usage) where there is none.
  static func pooling(_ name: String) throws -> Pooling {
    if let pooling = Pooling(rawValue: name) { return pooling }
    throw StageError.usage(
      "--pooling", "there is no pooling '\(printable(String(name.prefix(60))))'",
      cure: "name \(Pooling.allCases.map(\.rawValue).joined(separator: " or "))")
  }
}

extension OptionValues {
  /// The value of `PoolingField`, where the stage has it.
  var pooling: Pooling? {
    names.contains(PoolingField.field.name)
      ? optionalText(PoolingField.field.name).flatMap(Pooling.init(rawValue:)) : nil
  }
}
