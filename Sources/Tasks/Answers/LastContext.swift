public import Text

/// The tokens of the text that was asked about last: questions about a text follow each other, and it
/// may be long.
public struct LastContext: Sendable {
  private var text = ExactText("")
  private var trace: TracedText?

  /// No text yet.
  public init() {}

  /// The tokens of a text, made unless it is the last one.
  ///
  /// - Parameters:
  ///   - text: The text.
  ///   - tokenizer: What makes them, the same every time.
  /// - Returns: The tokens.
  public mutating func trace(of text: String, _ tokenizer: Tokenizer) -> TracedText {
    if let trace, self.text == ExactText(text) { return trace }
    let made = tokenizer.trace(text)
    (self.text, trace) = (ExactText(text), made)
    return made
  }
}
