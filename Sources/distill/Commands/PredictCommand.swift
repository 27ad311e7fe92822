public import ArgumentParser
import Pipelines
import Stages
public import Text

/// `distill predict`: the class, the labels or the number of every row of a file.
struct PredictCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "predict",
    abstract: "Answer for every row of a text, tsv, csv, jsonl or conll file.",
    discussion: """
      The columns are `sentence` or `text`, or `sentence1` and `sentence2` or another usual pair; a \
      .txt file has one text a line. \
      Texts are cut to the smaller of the model's and the tokenizer's limit. With --show, a line has \
      its fields between tabs: id, label, probabilities, texts. A model that tags words writes a word, \
      a tab and its tag a line, and a blank line after each row; texts are cut into words at white space. \
      A model that answers questions reads SQuAD's .json, or .jsonl with question and context. A model of \
      sentences gives the vector of a text, and of a pair the cosine of both. With --json and --logits or \
      --probabilities the output is a file of rows for `distill dataset`: a student learns from them what \
      this model says.
      """)

  @Option(
    help:
      "A model artifact, a Hugging Face folder, or mlflow:runs/ID/NAME or mlflow:models/NAME@ALIAS."
  )
  var model: String

  @Option(
    help: "The file (.txt, .tsv, .csv, .jsonl, .conll, SQuAD's .json), or - for standard input.")
  var input: String

  @Option(
    help: """
      Its format, in place of what its name says; standard input is txt without it, or jsonl for a model \
      that answers questions; json is SQuAD's document.
      """)
  var format: InputFormat?

  @Option(help: "Column of the text.")
  var textColumn: String?

  @Option(help: "Column of the second text.")
  var pairColumn: String?

  @Option(help: "Column of the right label, which --logits and --probabilities keep (label).")
  var labelColumn: String?

  @Option(help: "What stands between the labels of a row, as for dataset (multi-label; a comma).")
  var labelSeparator: String?

  @Option(
    help: ArgumentHelp(
      "Columns of 0 and 1, a label each, in place of --label-column (multi-label).",
      valueName: "names"))
  var labelColumns: String?

  @Option(help: "Column that names the row (id, idx or index).")
  var idColumn: String?

  @Option(
    help: ArgumentHelp(
      "Names of the columns of a file without header; _ for one that is not read.",
      valueName: "names"))
  var columns: String?

  @Option(help: "none: quotation marks are text, as in tsv; csv: they hold fields together.")
  var quoting: Quoting?

  @Option(help: "The file has the layout of this GLUE task.")
  var glue: GlueTask?

  @Option(help: "mean or cls: how an encoder without pooling of its own makes a vector of a text.")
  var pooling: String?

  @Option(
    help: ArgumentHelp("Names of the outputs in order, between commas.", valueName: "names"))
  var labels: String?

  @Option(help: "Probability from which on a label is answered (multi-label; 0.5).")
  var threshold: Double?

  @Option(
    name: .customLong("show"),
    help: ArgumentHelp(
      "What stands beside the label: id, probabilities, text; between commas.",
      valueName: "parts"))
  var parts: String?

  @Flag(help: "Split special tokens written in the text like other text (untrusted text).")
  var splitSpecialTokens = false

  @OptionGroup var answers: AnswerOptions

  @OptionGroup var threads: ThreadOption

  @Flag(
    help: """
      One JSON object a row: label, or labels, with probabilities and logits; score for a number; \
      words, tags and entities for words.
      """)
  var json = false

  @Flag(
    help: ArgumentHelp(
      "With --json: rows to learn from, {\"sentence\": ..., \"logits\": {\"LABEL\": ..., ...}}; "
        + "a score for a number."))
  var logits = false

  @Flag(help: "The same with probabilities; logits lose nothing.")
  var probabilities = false

  @Flag(help: "The file that the GLUE benchmark takes: index, tab, prediction.")
  var submission = false

  func validate() throws {
    guard pairColumn == nil || textColumn != nil else {
      throw ValidationError("--pair-column needs --text-column")
    }
    let columns = [textColumn, pairColumn, labelColumn, idColumn, self.columns].compactMap(\.self)
    let names = try ListOption.items(of: self.columns, at: "--columns")
    if self.columns != nil, let fault = RowLayout.fault(inColumns: names) {
      throw ValidationError("--columns: \(fault)")
    }
    _ = try ListOption.items(of: labels, at: "--labels")
    _ = try ListOption.items(of: labelColumns, at: "--label-columns")
    let kind =
      format == .json ? nil : givenFormat ?? (input == "-" ? .txt : try? RowFormat(ofFile: input))
    guard kind != .txt || columns.isEmpty && glue == nil else {
      throw ValidationError("a txt has no columns; give --format tsv, csv or jsonl")
    }
    guard quoting == nil || kind == nil || kind == .tsv || kind == .csv else {
      throw ValidationError(
        "--quoting would do nothing to a \(kind?.rawValue ?? "txt"); leave it out, or give --format tsv or csv"
      )
    }
    guard answers.nBest == nil || json else {
      throw ValidationError("--n-best shows other answers in JSON alone; add --json")
    }
    guard glue == nil || columns.isEmpty else {
      throw ValidationError("--glue fixes the columns; leave --*-column and --columns out")
    }
    guard threshold.map({ (0...1).contains($0) }) ?? true else {
      throw ValidationError("--threshold is a probability, from 0 to 1")
    }
    if logits || probabilities {
      let flag = logits ? "--logits" : "--probabilities"
      guard json else {
        throw ValidationError("\(flag) needs --json; the probabilities alone: --show probabilities")
      }
      guard logits != probabilities else {
        throw ValidationError("--logits and --probabilities say the same; leave one of them out")
      }
      guard parts == nil, threshold == nil else {
        throw ValidationError("\(flag) writes whole rows; leave --show and --threshold out")
      }
    } else if let option = labelOptions.first {
      throw ValidationError("\(option) goes with --logits or --probabilities")
    }
    guard labelColumns == nil || labelOptions.count == 1 else {
      throw ValidationError(
        "--label-columns are the labels; leave \(labelOptions.first ?? "the others") out")
    }
    guard labelSeparator != "" else {
      throw ValidationError("--label-separator is empty; name what stands between two labels")
    }
    guard glue == nil || labelOptions.isEmpty else {
      throw ValidationError("--glue fixes the columns; leave \(labelOptions.first ?? "") out")
    }
    guard !submission || !json && parts == nil else {
      throw ValidationError("--submission has a form of its own; leave --json and --show out")
    }
    _ = try shown()
  }

  func run() throws {
    let predictor = try TextPredictor(
      model: try FetchedModels().folder(model), pooling: pooling,
      labels: try ListOption.items(of: labels, at: "--labels"), threshold: threshold,
      splitsSpecialTokens: splitSpecialTokens, settings: answers.settings, threads: threads.count)
    for note in predictor.notes { Output.error("distill: note: \(note)") }
    var layout =
      glue.map { RowLayout(glue: $0, quoting: quoting) }
      ?? RowLayout(
        text: textColumn, pair: pairColumn, label: labelColumn, id: idColumn, quoting: quoting)
    layout.severalLabels =
      try labelColumns.map { .columns(try ListOption.items(of: $0, at: "--label-columns")) }
      ?? labelSeparator.map { .separated(by: $0) }
    layout.columnNames = try ListOption.items(of: columns, at: "--columns")
    let shown = try shown()
    let form: AnswerForm =
      logits
      ? .row(.logits)
      : probabilities
        ? .row(.probabilities) : submission ? .submission : json ? .json(shown) : .plain(shown)
    let progress = AnswerProgress()
    let remarks = try predictor.answer(
      PredictionInput(
        input, format: givenFormat, isDocument: format == .json, layout: layout),
      form: form, progress: progress.tell, Output.data)
    progress.end()
    for remark in remarks { Output.error(remark) }
  }

  /// The format that the options say, if they do.
  private var givenFormat: RowFormat? { format?.ofRows ?? glue?.format(ofFile: input) }

  /// The options that say where the right labels stand, `labelColumns` the last of them.
  private var labelOptions: [String] {
    [
      ("--label-column", labelColumn), ("--label-separator", labelSeparator),
      ("--label-columns", labelColumns),
    ].filter { $0.1 != nil }.map(\.0)
  }

  private func shown() throws -> Set<AnswerForm.Part> {
    var shown: Set<AnswerForm.Part> = []
    for word in try ListOption.items(of: parts, at: "--show") {
      guard let part = AnswerForm.Part(rawValue: word) else {
        let known = AnswerForm.Part.allCases.map(\.rawValue).joined(separator: ", ")
        throw ValidationError("--show: there is no part '\(word)'; name some of \(known)")
      }
      shown.insert(part)
    }
    return shown
  }
}

/// How a file holds what is answered for.
enum InputFormat: String, CaseIterable, ExpressibleByArgument {
  case tsv, csv, jsonl, txt, conll
  /// One document of questions, SQuAD's.
  case json

  /// The format of its rows; nil of a document.
  var ofRows: RowFormat? { RowFormat(rawValue: rawValue) }
}

extension Quoting: ExpressibleByArgument {}
extension GlueTask: ExpressibleByArgument {}
