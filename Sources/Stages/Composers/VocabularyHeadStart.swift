import Artifacts
import Compute
import Foundation
import Pipelines
import Text
import Training
import Transformer

/// What a masked-language head that a model lacks begins with.
enum VocabularyHeadStart {
  /// The option that chooses it.
  static let field = OptionField(
    "head_initialization", .choice(["random", "text"]), default: nil,
    help:
      "a new head's first weights: drawn (default), or a transform that changes nothing and the logarithm of "
      + "how often each token stands in the text (masked-language)")

  /// More tokens are not counted.
  private static let most = 1 << 20

  /// Writes a new head: `logits = LayerNorm(f(h)) D^T + c` with `c_t = log((n_t + 1) / (n + V))` of n_t, how often token t
  /// stands in the text, so that what the words of the language tell is known before the first step.
  ///
  /// - Parameters:
  ///   - loaded: The model; its weights are changed.
  ///   - drawn: Names of its parameters that were drawn.
  ///   - examples: The text.
  ///   - tokenizer: Its special tokens are not counted.
  /// - Returns: What a reader should know; nil where the model has a head of its own.
  /// - Throws: What the source throws.
  static func fill(
    _ loaded: LoadedModel, drawn: [String], on examples: any ExampleSource, _ tokenizer: Tokenizer
  ) throws -> String? {
    let names = "cls.predictions"
    let layout = loaded.weights.layout
    guard let bias = layout["\(names).bias"], drawn.contains(bias.name) else { return nil }
    var counts = [Double](repeating: 0, count: bias.count)
    var tokens = 0
    let groups = max(1, examples.count / 256)
    for group in 0..<groups where tokens < most {
      let indices = Array(stride(from: group, to: examples.count, by: groups))
      for example in try examples.examples(indices) {
        for id in example.sequence.ids where !tokenizer.specialIds.contains(id) {
          counts[Int(id)] += 1
          tokens += 1
        }
      }
    }
    let whole = Double(tokens + counts.count)
    loaded.weights[bias].assign(counts.map { Float(log(($0 + 1) / whole)) })
    if let transform = layout["\(names).transform.dense.weight"], drawn.contains(transform.name),
      transform.rows == transform.columns
    {
      let identity = (0..<transform.rows).flatMap { row in
        (0..<transform.columns).map { Float(row == $0 ? 1 : 0) }
      }
      loaded.weights[transform].assign(identity)
    }
    return "the head begins with how often each token stands in the text"
  }
}
