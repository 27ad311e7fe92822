public import HDF5
public import Training

/// Logits of several models on the rows of a dataset, in HDF5.
///
/// | dataset | type and shape |
/// |---|---|
/// | `logits/<model>/<split>` | float32 `[rows, columns]` |
/// | `starts/<split>` (where an example has other than one row) | int64 `[examples + 1]` |
/// | `labels/<split>`, or another column of `StoredTargets` | int32 `[examples]` |
public enum PredictionsArtifact {
  /// The `kind` attribute.
  public static let kind = "predictions"

  /// What a model says of the examples of each split.
  public struct Predictions {
    /// The model's name.
    public let model: String
    /// By split.
    public let outputs: [String: Outputs]

    /// What `model` says.
    public init(model: String, outputs: [String: Outputs]) {
      (self.model, self.outputs) = (model, outputs)
    }
  }

  /// Writes what models, scored on the same rows, say of them.
  ///
  /// - Parameters:
  ///   - path: The file to create.
  ///   - predictions: One entry a model.
  ///   - targets: What the examples are to be answered with, by split.
  ///   - splits: The splits in order.
  ///   - inputs: Content digests by port name: the provenance.
  /// - Returns: The content and the file digest.
  /// - Throws: `HDF5Error` or `FileError`.
  public static func write(
    to path: String, _ predictions: [Predictions], targets: [String: Targets], splits: [String],
    inputs: [String: String]
  ) throws -> ArtifactDigests {
    struct Description: Encodable {
      let models: [String]
      let splits: [String]
    }
    let description = Description(models: predictions.map(\.model), splits: splits)
    return try ArtifactWriter.write(
      to: path, kind: kind, configuration: try CanonicalJSON.encode(description),
      inputs: try CanonicalJSON.encode(inputs), createdBy: ProgramVersion.createdBy
    ) { body in
      for split in splits {
        try StoredTargets.write(targets[split] ?? .none, to: body) { "\($0)/\(split)" }
        let said = predictions.compactMap { said in
          said.outputs[split].map { (model: said.model, outputs: $0) }
        }
        if let outputs = said.first?.outputs, outputs.starts != Array(0...outputs.count) {
          try body.int64s(
            "starts/\(split)", shape: [outputs.count + 1],
            values: outputs.starts.map { Int64($0) })
        }
        for (model, outputs) in said {
          try body.floats(
            "logits/\(model)/\(split)",
            shape: [outputs.values.count / outputs.columns, outputs.columns],
            values: outputs.values)
        }
      }
    }
  }
}
