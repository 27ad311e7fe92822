import Artifacts
import Text

/// The tokenizer of a model, for `distill tokenize`.
public struct LineTokenizer {
  private let tokenizer: Tokenizer

  /// Opens a model's tokenizer.
  ///
  /// - Throws: What is wrong with the model.
  public init(model: String, splitsSpecialTokens: Bool) throws {
    var tokenizer = try ModelSource.tokenizer(of: model)
    tokenizer.splitsSpecialTokens = splitsSpecialTokens
    self.tokenizer = tokenizer
  }

  /// Ids of a text with special tokens, not truncated.
  public func ids(of text: String) -> [Int32] {
    tokenizer.encode(text).ids
  }
}
