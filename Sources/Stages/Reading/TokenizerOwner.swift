internal import Artifacts
internal import Pipelines
internal import Transformer

/// The model whose tokenizer made rows or a corpus: what it takes of them.
package struct TokenizerOwner {
  /// The most tokens that it has positions for.
  package let positions: Int
  /// Whether it makes vectors of texts by itself.
  package let pools: Bool

  /// Looks at the model; nil where there is a tokenizer alone, or nothing that can be read.
  package init?(_ path: String) {
    guard let facts = try? ModelSource(path).facts else { return nil }
    positions = facts.configuration.longestSequence
    pools = facts.head.isEmbedding
  }
}
