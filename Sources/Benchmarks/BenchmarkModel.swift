import Artifacts
import Files
import Stages
import Transformer

/// A model that a benchmark was asked for: a preset with drawn weights, or one that lies on disk.
enum BenchmarkModel {
  /// Sizes by name; it has no tokenizer.
  case preset(ModelConfiguration)
  /// A folder or an artifact.
  case stored(ModelSource)

  /// Takes a preset's name or a path.
  ///
  /// - Throws: `StageError` naming the option where there is neither, and what is wrong with a file.
  init(_ name: String, option: String) throws {
    if let configuration = ModelConfiguration.preset(name) {
      self = .preset(configuration)
      return
    }
    guard fileExists(name) else {
      let presets = ModelConfiguration.presets.map(\.key).joined(separator: ", ")
      throw StageError.missing(
        option, "there is no preset and no file '\(name)'",
        cure: "take a model folder, an artifact or one of \(presets)")
    }
    self = .stored(try ModelSource(name))
  }

  /// Where it lies, if it does.
  var source: ModelSource? {
    if case .stored(let source) = self { source } else { nil }
  }

  /// Its sizes.
  var configuration: ModelConfiguration {
    switch self {
    case .preset(let configuration): configuration
    case .stored(let source): source.configuration
    }
  }

  /// Names of its classes; two of them where it has no classifier.
  var labels: [String] {
    guard let source, case .classification(let count, _) = source.head else { return ["0", "1"] }
    return source.labels.count == count ? source.labels : (0..<count).map { "\($0)" }
  }

  /// The bare encoder.
  func loadEncoder(seed: UInt64) throws -> LoadedModel {
    if let source { return try source.loadEncoder() }
    return try drawn(configuration, head: .none, labels: [], seed: seed)
  }

  /// The encoder under a head: its own where that is the same, else a drawn one.
  ///
  /// `changed` replaces the sizes of a preset.
  func load(
    under head: Head, labels: [String], configuration changed: ModelConfiguration? = nil,
    seed: UInt64
  ) throws -> LoadedModel {
    if let source { return try source.load(under: head, labels: labels, seed: seed).0 }
    return try drawn(changed ?? configuration, head: head, labels: labels, seed: seed)
  }

  private func drawn(
    _ configuration: ModelConfiguration, head: Head, labels: [String], seed: UInt64
  ) throws -> LoadedModel {
    let loaded = try LoadedModel(configuration, head: head, labels: labels)
    loaded.draw(loaded.weights.layout.parameters, seed: seed)
    return loaded
  }
}
