import ArgumentParser
import Pipelines
import Stages

/// `distill predict`: the class of every row of a file.
struct PredictCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "predict",
    abstract: "Classify every row of a text, tsv, csv or jsonl file.",
    discussion: """
      The columns are `sentence`, or `sentence1` and `sentence2`; a .txt file has one text a line. \
      Texts are cut to the smaller of the model's and the tokenizer's limit.
      """)

  @Option(help: "A model artifact or a Hugging Face folder with a classifier.")
  var model: String

  @Option(help: "The file (.txt, .tsv, .csv, .jsonl).")
  var input: String

  @Option(help: "Column of the text.")
  var textColumn: String?

  @Option(help: "Column of the second text.")
  var pairColumn: String?

  @Flag(help: "Split special tokens written in the text like other text (untrusted text).")
  var splitSpecialTokens = false

  @OptionGroup var threads: ThreadOption

  @Flag(help: #"One JSON object a row, {"label": ..., "logits": [...]}, instead of the label."#)
  var json = false

  func validate() throws {
    guard pairColumn == nil || textColumn != nil else {
      throw ValidationError("--pair-column needs --text-column")
    }
  }

  func run() throws {
    let predictor = try TextPredictor(
      model: model, splitsSpecialTokens: splitSpecialTokens, threads: threads.count)
    for note in predictor.notes { Output.error("distill: note: \(note)") }
    try predictor.answer(
      file: input, textColumn: textColumn, pairColumn: pairColumn, asJSON: json, Output.data)
  }
}
