/// A task of the GLUE benchmark, with the layout of its published files.
///
/// The order of the labels is that of the original BERT and TinyBERT processors. Hugging Face's
/// `datasets` numbers MNLI's differently; label names, not numbers, are what counts here.
public enum GlueTask: String, Sendable, Hashable, Codable, CaseIterable {
  /// Corpus of Linguistic Acceptability; its labelled files have no header.
  case cola
  /// Stanford Sentiment Treebank.
  case sst2 = "sst-2"
  /// Microsoft Research Paraphrase Corpus.
  case mrpc
  /// Semantic Textual Similarity Benchmark, a score from 0 to 5.
  case stsb = "sts-b"
  /// Quora Question Pairs; a few published rows lack columns.
  case qqp
  /// Multi-genre natural language inference; train and development files differ in width.
  case mnli
  /// Question-answering inference.
  case qnli
  /// Recognizing Textual Entailment.
  case rte
  /// Winograd inference.
  case wnli

  /// Where the labelled files keep texts and labels.
  public var layout: RowLayout {
    switch self {
    case .cola: RowLayout(hasHeader: false, text: .place(3), label: .place(1))
    case .sst2: RowLayout(text: .place(0), label: .place(1))
    case .mrpc: RowLayout(text: .place(3), pair: .place(4), label: .place(0))
    case .stsb: RowLayout(text: .place(7), pair: .place(8), label: .last)
    case .qqp: RowLayout(text: .place(3), pair: .place(4), label: .place(5))
    case .mnli: RowLayout(text: .place(8), pair: .place(9), label: .last)
    case .qnli, .rte, .wnli: RowLayout(text: .place(1), pair: .place(2), label: .last)
    }
  }

  /// Where a file with this first line keeps them.
  ///
  /// Columns go by their published names where all are there, since copies of the benchmark order them
  /// otherwise. A test file begins with the index of the row and has no label.
  ///
  /// - Parameter fields: The fields of the first line.
  /// - Returns: The layout of the labelled files, or that of the test file; nil where the line should be
  ///   a header and is not this task's.
  func layout(ofFirstLine fields: [String]) -> RowLayout? {
    let names = textColumns
    let label = fields.first { labelColumns.contains($0.lowercased()) }
    let isTest = ["index", "id"].contains(fields.first?.lowercased()) && label == nil
    let isNamed =
      label != nil && fields.contains(names.text)
      && names.pair.map { fields.contains($0) } != false
    guard isTest || isNamed else { return layout.hasHeader ? nil : layout }
    return RowLayout(
      text: .named(names.text), pair: names.pair.map { .named($0) },
      label: label.map { .named($0) }, id: isTest ? .place(0) : nil)
  }

  /// The format of a published file where its name says another: some columns of tabs are called `.txt`.
  public func format(ofFile path: String) -> RowFormat? {
    (try? RowFormat.ending(of: path)) == "txt" ? .tsv : nil
  }

  /// The columns that the first line of a labelled file names, in words.
  var headerInWords: String {
    ([textColumns.text] + [textColumns.pair, labelColumns.first].compactMap { $0 })
      .joined(separator: ", ")
  }

  /// What the labelled files call the label, in lower case.
  private var labelColumns: [String] {
    switch self {
    case .mrpc: ["quality"]
    case .stsb: ["score"]
    case .qqp: ["is_duplicate"]
    case .mnli: ["gold_label", "label"]
    case .cola, .sst2, .qnli, .rte, .wnli: ["label"]
    }
  }

  /// What the test files call their texts; MNLI's diagnostic file has the same names.
  private var textColumns: (text: String, pair: String?) {
    switch self {
    case .cola, .sst2: ("sentence", nil)
    case .mrpc: ("#1 String", "#2 String")
    case .qqp: ("question1", "question2")
    case .qnli: ("question", "sentence")
    case .stsb, .mnli, .rte, .wnli: ("sentence1", "sentence2")
    }
  }

  /// The labels in order; nil where the target is a number.
  public var labels: [String]? {
    switch self {
    case .cola, .sst2, .mrpc, .qqp, .wnli: ["0", "1"]
    case .mnli: ["contradiction", "entailment", "neutral"]
    case .qnli, .rte: ["entailment", "not_entailment"]
    case .stsb: nil
    }
  }

  /// The files under the names that their authors gave them, where GLUE has others; by split.
  public var foreignFiles: [(split: String, name: String)] {
    self == .mrpc
      ? [("train", "msr_paraphrase_train.txt"), ("test", "msr_paraphrase_test.txt")] : []
  }

  /// The files of its folder by split.
  ///
  /// MNLI has two of what is held out: those called mismatched are of genres that the training file
  /// lacks, and splits of their own.
  public var files: [(split: String, name: String)] {
    guard self == .mnli else {
      return [("train", "train.tsv"), ("dev", "dev.tsv"), ("test", "test.tsv")]
    }
    return [
      ("train", "train.tsv"), ("dev", "dev_matched.tsv"), ("dev_mismatched", "dev_mismatched.tsv"),
      ("test", "test_matched.tsv"), ("test_mismatched", "test_mismatched.tsv"),
    ]
  }
}
