import HDF5

/// Logits of several models on the rows of a dataset, in HDF5.
///
/// | dataset | type and shape |
/// |---|---|
/// | `logits/<model>/<split>` | float32 `[rows, classes]` |
/// | `labels/<split>` | int32 `[rows]` |
enum PredictionsArtifact {
  /// The `kind` attribute.
  static let kind = "predictions"

  /// Writes the logits of `models`, which were scored on the same rows.
  static func write(
    to path: String, _ models: [ScoredModel], splits: [String], inputs: [String: String]
  ) throws -> ArtifactDigests {
    struct Description: Encodable {
      let models: [String]
      let splits: [String]
    }
    let description = Description(models: models.map(\.name), splits: splits)
    return try ArtifactWriter.write(
      to: path, kind: kind, configuration: try CanonicalJSON.encode(description),
      inputs: try CanonicalJSON.encode(inputs), createdBy: Product.createdBy
    ) { body in
      for split in splits {
        let labels = models.first?.labels[split] ?? []
        try body.int32s("labels/\(split)", shape: [labels.count], values: labels)
        for model in models {
          try body.floats(
            "logits/\(model.name)/\(split)", shape: [labels.count, model.classes],
            values: model.logits[split] ?? [])
        }
      }
    }
  }
}
