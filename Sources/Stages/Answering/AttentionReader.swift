import Artifacts
import Compute
import Distillation
import Foundation
public import Text
import Transformer

/// A model that is asked what it attends to.
public struct AttentionReader {
  private let source: ModelSource
  private let runner: TeacherRunner

  /// Loads the encoder of a model, whatever stands on it.
  ///
  /// - Parameters:
  ///   - path: A model artifact or a Hugging Face folder.
  ///   - threads: How many threads compute.
  /// - Throws: What is wrong with the model.
  public init(model path: String, threads: Int) throws {
    try ComputeContext.requireRoom(threads: threads)
    source = try ModelSource(path)
    let loaded = try source.loadEncoder()
    runner = TeacherRunner(
      loaded.model, weights: loaded.weights, on: ComputeContext(threads: threads))
  }

  /// Refuses a model whose tokenizer is not the other's: their maps would be of other tokens.
  ///
  /// - Throws: `ArtifactError` naming both.
  public func requireSameTokenizer(as other: AttentionReader) throws {
    try source.facts.requireSameTokenizer(as: other.source.facts)
  }

  /// How a text, or a pair of texts, is read.
  ///
  /// - Parameters:
  ///   - text: The text.
  ///   - pair: The second text; none where it is nil or empty.
  /// - Returns: Its ids; nil where the model has no positions for so many, or no segment for a second
  ///   text.
  public func encoding(of text: String, _ pair: String?) -> Encoding? {
    guard pair == nil || source.configuration.takesPairs else { return nil }
    let encoding = source.tokenizer.encode(text, pair)
    let known = encoding.ids.allSatisfy { source.configuration.vocabularySize > Int($0) }
    return known && encoding.ids.count <= source.configuration.longestSequence ? encoding : nil
  }

  /// The tokens of an encoding, special ones included.
  public func tokens(of encoding: Encoding) -> [String] {
    encoding.ids.map { source.tokenizer.token($0) ?? "" }
  }

  /// What each token attends to: softmax of the scaled scores, in the mean over heads.
  ///
  /// - Parameters:
  ///   - encoding: A text of n tokens.
  ///   - layers: Layers, counted from 1.
  /// - Returns: `[n, n]` for each layer: a row attends, a column is attended to.
  /// - Throws: `ModelError` where the text holds what the model does not know.
  public func attention(to encoding: Encoding, layers: Set<Int>) throws -> [Int: [Float]] {
    let count = encoding.ids.count
    let sequence = TokenSequence(ids: encoding.ids, types: encoding.types)
    let heads = source.configuration.headCount
    let taps = try runner.taps(
      BertModel.Taps(scores: layers), of: PackedBatch([sequence], places: [0]))
    return taps.scores.mapValues { scores in
      let values = scores.values()
      var mean = [Double](repeating: 0, count: values.count / max(heads, 1))
      for row in 0..<max(heads * count, 0) {
        let own = (0..<count).map { Double(values[row * count + $0]) }
        let highest = own.max() ?? 0
        let powers = own.map { exp($0 - highest) }
        let sum = powers.reduce(0, +) * Double(heads)
        for (column, power) in powers.enumerated() {
          mean[row % count * count + column] += power / sum
        }
      }
      return mean.map { Float($0) }
    }
  }

  /// The matched layers of a teacher and a student that are shown: the student's last one, and those that
  /// lie evenly before it.
  ///
  /// - Parameters:
  ///   - map: What the option `layer_map` says; nil for layers spread evenly.
  ///   - teacher: The teacher.
  ///   - student: The student.
  ///   - most: How many there may be.
  /// - Returns: Layers, counted from 1, in the student's order.
  /// - Throws: `DistillationError` where the two do not match so.
  public static func matchedLayers(
    _ map: String?, teacher: AttentionReader, student: AttentionReader, most: Int
  ) throws -> [(teacher: Int, student: Int)] {
    let (deep, own) = (
      teacher.source.configuration.layerCount, student.source.configuration.layerCount
    )
    let strategy = try LayerMap.Strategy(parsing: map ?? "uniform", studentLayers: own)
    let pairs = try LayerMap(strategy, studentLayers: own, teacherLayers: deep).attention
    let shown = min(most, pairs.count)
    return (0..<shown).map { place in
      let pair = pairs[(place + 1) * pairs.count / shown - 1]
      return (pair.teacher, pair.student)
    }
  }
}
