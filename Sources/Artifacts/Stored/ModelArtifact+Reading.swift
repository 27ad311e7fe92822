import Compute
import Files
public import HDF5
public import Text
public import Transformer

extension ModelArtifact {
  /// Opens a model artifact: the file is verified, its description read, its weights not yet.
  ///
  /// - Throws: `HDF5Error` where the file is damaged or of another kind, `ArtifactError` where its
  ///   description is not understood.
  public static func open(_ path: String) throws -> (ArtifactReader, ModelDescription) {
    let reader = try ArtifactReader(path: path, expecting: kind)
    let description = try CanonicalJSON.decode(
      ModelDescription.self, from: reader.configuration, of: path)
    do {
      try description.model.validate()
    } catch let error as ModelError {
      throw ArtifactError.badData(path, "\(error)", cure: "make the artifact again")
    }
    if let outputs = description.head.labelCount {
      guard (1...1 << 20).contains(outputs) else {
        throw ArtifactError.badData(
          path, "its head has \(outputs) outputs", cure: "make the artifact again")
      }
      guard description.labels.isEmpty || description.labels.count == outputs else {
        throw ArtifactError.badData(
          path, "it names \(description.labels.count) labels for \(outputs) outputs",
          cure: "make the artifact again")
      }
      guard Set(description.labels).count == description.labels.count else {
        throw ArtifactError.badData(
          path, "two of its outputs have one name", cure: "make the artifact again")
      }
    }
    if let names = description.head.outputNames, description.labels != names {
      throw ArtifactError.badData(
        path, "its outputs are not \(names.joined(separator: " and "))",
        cure: "make the artifact again")
    }
    return (reader, description)
  }

  /// The tokenizer that the artifact carries.
  public static func tokenizer(_ reader: ArtifactReader, _ description: ModelDescription) throws
    -> Tokenizer
  {
    let vocabulary = try PackedStrings(reader, group: "tokenizer").strings()
    let tokenizer = try Tokenizer(
      tokens: vocabulary, settings: description.tokenizer, source: reader.path)
    guard tokenizer.digest.hexadecimal == description.tokenizerDigest else {
      throw ArtifactError.badData(
        reader.path, "its vocabulary is not the one its description names",
        cure: "make the artifact again")
    }
    return tokenizer
  }

  /// The parameters that the artifact holds, each of the right shape.
  ///
  /// - Throws: `ArtifactError` naming a tensor of another shape.
  static func stored(_ reader: ArtifactReader, of parameters: [Parameter]) throws -> [Parameter] {
    let shapes = Dictionary(
      reader.datasets.map { ($0.name, $0.shape) }, uniquingKeysWith: { first, _ in first })
    return try parameters.filter { parameter in
      guard let shape = shapes["weights/" + parameter.name] else { return false }
      guard shape == parameter.shape else {
        throw ArtifactError.badData(
          reader.path, "tensor \(parameter.name) has shape \(shape), expected \(parameter.shape)",
          cure: "use a model of the same configuration")
      }
      return true
    }
  }

  /// Copies stored weights into `weights`, by name.
  ///
  /// - Returns: Names of `parameters` that the artifact does not hold.
  /// - Throws: `ArtifactError` naming a tensor of another shape or one with NaN or infinity.
  public static func load(
    _ reader: ArtifactReader, into weights: ParameterSet, parameters: [Parameter]
  ) throws -> [String] {
    let held = try stored(reader, of: parameters)
    for parameter in held {
      let values = try reader.floats("weights/" + parameter.name)
      let bad = values.reduce(0) { $1.isFinite ? $0 : $0 + 1 }
      guard bad == 0 else {
        throw ArtifactError.badData(
          reader.path, "tensor \(parameter.name) holds \(bad) values that are NaN or infinite",
          cure: "train the model again with a lower learning rate")
      }
      weights[parameter].assign(values)
    }
    let names = Set(held.map(\.name))
    return parameters.map(\.name).filter { !names.contains($0) }
  }
}
