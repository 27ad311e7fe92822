import Distillation
import Interchange
import Transformer

/// The projection that published TinyBERT folders keep beside the student: a training that goes on from
/// one takes it for its own where it has as many maps, of the same widths.
enum PublishedProjection {
  /// The tensors that a training's projection would be read from.
  static func tensors(for projections: [Parameter]) -> [String: Parameter] {
    var tensors: [String: Parameter] = [:]
    for parameter in projections {
      if let name = HiddenProjection.publishedName(of: parameter.name) { tensors[name] = parameter }
    }
    return tensors
  }

  /// What a reader should know: that the folder's projection is used, or why it is not.
  ///
  /// - Parameters:
  ///   - folder: The folder.
  ///   - projections: The parameters of the training's projection; none where it has none.
  ///   - loaded: Names of the parameters that were read from the folder.
  /// - Returns: A line or none.
  static func notes(
    _ folder: HuggingFaceModel, for projections: [Parameter], loaded: [String]
  ) -> [String] {
    guard !projections.isEmpty else { return [] }
    let shared = folder.shape(of: "fit_dense.weight")
    let first = folder.shape(of: "fit_denses.0.weight")
    let taken = projections.count { loaded.contains($0.name) }
    if taken == projections.count {
      return ["the projection begins as its \(shared == nil ? "fit_denses" : "fit_dense")"]
    }
    guard let shape = shared ?? first, let channels = shape.first else { return [] }
    return [
      "its \(shared == nil ? "fit_denses project each state" : "fit_dense projects all states") to "
        + "\(channels) channels; a training begins with that under --projection "
        + "\(shared == nil ? "per_layer" : "shared") and a teacher of that width"
        + (taken > 0 ? ": \(taken) of \(projections.count) tensors are used" : "")
    ]
  }
}
