public import HDF5

/// Logits of several models on the rows of a dataset, in HDF5.
///
/// | dataset | type and shape |
/// |---|---|
/// | `logits/<model>/<split>` | float32 `[rows, classes]` |
/// | `labels/<split>` | int32 `[rows]` |
public enum PredictionsArtifact {
  /// The `kind` attribute.
  public static let kind = "predictions"

  /// What a model says of the rows of each split.
  public struct Predictions {
    /// The model's name.
    public let model: String
    /// Numbers a row.
    public let classes: Int
    /// By split, row-major `[rows, classes]`.
    public let logits: [String: [Float]]

    /// What `model` says.
    public init(model: String, classes: Int, logits: [String: [Float]]) {
      (self.model, self.classes, self.logits) = (model, classes, logits)
    }
  }

  /// Writes what models, scored on the same rows, say of them.
  ///
  /// - Parameters:
  ///   - path: The file to create.
  ///   - predictions: One entry a model.
  ///   - labels: The rows' labels by split.
  ///   - splits: The splits in order.
  ///   - inputs: Content digests by port name: the provenance.
  /// - Returns: The content and the file digest.
  /// - Throws: `HDF5Error` or `FileError`.
  public static func write(
    to path: String, _ predictions: [Predictions], labels: [String: [Int32]], splits: [String],
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
        let labels = labels[split] ?? []
        try body.int32s("labels/\(split)", shape: [labels.count], values: labels)
        for said in predictions {
          try body.floats(
            "logits/\(said.model)/\(split)", shape: [labels.count, said.classes],
            values: said.logits[split] ?? [])
        }
      }
    }
  }
}
