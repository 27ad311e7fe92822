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
    if case .classification(let outputs, _) = description.head {
      guard (1...1 << 20).contains(outputs) else {
        throw ArtifactError.badData(
          path, "its head has \(outputs) outputs", cure: "make the artifact again")
      }
      guard description.labels.isEmpty || description.labels.count == outputs else {
        throw ArtifactError.badData(
          path, "it names \(description.labels.count) labels for \(outputs) outputs",
          cure: "make the artifact again")
      }
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

  /// Copies stored weights into `weights`, by name.
  ///
  /// - Returns: Names of `parameters` that the artifact does not hold.
  /// - Throws: `ArtifactError` naming a tensor of another shape or one with NaN or infinity.
  public static func load(
    _ reader: ArtifactReader, into weights: ParameterSet, parameters: [Parameter]
  ) throws -> [String] {
    let stored = Dictionary(
      reader.datasets.map { ($0.name, $0.shape) }, uniquingKeysWith: { first, _ in first })
    var missing: [String] = []
    for parameter in parameters {
      let name = "weights/" + parameter.name
      guard let shape = stored[name] else {
        missing.append(parameter.name)
        continue
      }
      guard shape == parameter.shape else {
        throw ArtifactError.badData(
          reader.path, "tensor \(parameter.name) has shape \(shape), expected \(parameter.shape)",
          cure: "use a model of the same configuration")
      }
      let values = try reader.floats(name)
      let bad = values.reduce(0) { $1.isFinite ? $0 : $0 + 1 }
      guard bad == 0 else {
        throw ArtifactError.badData(
          reader.path, "tensor \(parameter.name) holds \(bad) values that are NaN or infinite",
          cure: "train the model again with a lower learning rate")
      }
      weights[parameter].assign(values)
    }
    return missing
  }
}
