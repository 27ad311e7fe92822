import ArgumentParser
import Files
import Stages

/// `distill tokenize`: the ids of every line of standard input.
struct TokenizeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tokenize",
    abstract: "Turn every line of standard input into token ids, special tokens included.")

  @Option(help: "A model artifact or a Hugging Face folder, whose tokenizer is used.")
  var model: String

  @Flag(help: "One JSON array a line instead of ids with spaces.")
  var json = false

  @Flag(help: "Split special tokens written in the text like other text (untrusted text).")
  var splitSpecialTokens = false

  func run() throws {
    let tokenizer = try LineTokenizer(
      model: try FetchedModels().folder(model), splitsSpecialTokens: splitSpecialTokens)
    // What is no text is refused with its line, never repaired. A CR before the LF is no text either.
    let lines = try LineReader.standardInput()
    while let line = try lines.next() {
      let ids = tokenizer.ids(of: line.text)
      Output.data(
        json
          ? "[" + ids.map(String.init).joined(separator: ",") + "]"
          : ids.map(String.init).joined(separator: " "))
    }
  }
}
