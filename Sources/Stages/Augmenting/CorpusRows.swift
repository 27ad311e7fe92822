import Artifacts
import Compute
import Pipelines
import RandomStreams
import Tasks
import Text
import Training
import Transformer

/// Sequences of a corpus as further rows to learn from, of which nobody says what is right: the teacher does.
///
/// Rewrites show a student other words in the sentences that were labelled, text shows it other sentences; few
/// labelled rows leave most of what a teacher knows unasked (XtremeDistil, Mukherjee and Awadallah 2020).
///
/// | a row of the dataset is | a row is made of | it is asked |
/// |---|---|---|
/// | a text | every sequence of one segment | as a row without label |
/// | words, each with a class | the same | for the class of every word, as the tokenizer cuts them |
/// | two texts | every sequence of two segments | as a row without label |
/// | a question and its context | nothing: text asks no questions | |
///
/// Sequences beyond the dataset's `max_seq_length` are left out, and those that are a held-out row.
struct CorpusRows {
  /// The input that asks for them.
  static let port = Port(
    "corpus", kinds: [CorpusArtifact.kind], isOptional: true,
    help: "text whose sequences become rows without label, which the students' teacher answers")
  /// How many are taken.
  static let field = OptionField(
    "corpus_rows", .integer(1...1_000_000_000), default: nil,
    help: "sequences of the corpus that become rows, drawn by the seed; all by default")

  /// Those that were asked for and have the form of the dataset's rows, ascending.
  let taken: [Int]

  private let corpus: CorpusExamples
  private let tokenizer: Tokenizer
  private let readsWords: Bool

  /// Chooses the sequences; nil where no corpus is given.
  ///
  /// - Parameters:
  ///   - context: The stage's.
  ///   - description: The dataset's.
  ///   - original: Its training rows.
  ///   - task: What they are for.
  ///   - model: The model whose tokenizer made the ids.
  ///   - options: The stage's.
  /// - Throws: `StageError` where such rows cannot be made of text; `ArtifactError` where the corpus is another
  ///   tokenizer's, or has none of their form.
  init?(
    _ context: StageContext, _ description: DatasetDescription, _ original: DatasetSplit,
    _ task: any RowTask, _ model: (tokenizer: Tokenizer, configuration: ModelConfiguration),
    _ options: OptionValues
  ) throws {
    guard let input = context.input(Self.port.name) else { return nil }
    try Self.check(task)
    guard original.teachers.isEmpty else {
      throw StageError.usage(
        Self.port.name, "each row names the teacher that it is asked of, which text does not",
        cure: "leave it out")
    }
    tokenizer = model.tokenizer
    readsWords = task.readsWords
    corpus = try CorpusExamples(
      input.path, tokenizer: tokenizer, configuration: model.configuration,
      scratchFolder: context.checkpointFolder)
    if description.hasPairs, !corpus.seen.hasSecondSegments { throw Self.noPairs(input.path) }
    var fitting: [Int] = []
    for index in 0..<corpus.count {
      if index % 1024 == 0, context.isInterrupted() { throw StageInterruption(step: nil) }
      for example in try corpus.examples([index]) {
        let sequence = example.sequence
        let isPair = sequence.types.contains(1)
        if isPair == description.hasPairs, sequence.ids.count <= description.maxSequenceLength {
          fitting.append(index)
        }
      }
    }
    guard !fitting.isEmpty else {
      throw ArtifactError.badData(
        input.path,
        description.hasPairs
          ? "none of its pairs fits max_seq_length, \(description.maxSequenceLength), of the dataset"
          : "none of its \(corpus.count) sequences is a text alone within max_seq_length, "
            + "\(description.maxSequenceLength), of the dataset",
        cure: "make it with --max-seq-length \(description.maxSequenceLength)"
          + (description.hasPairs ? "" : " and --mode sentences"))
    }
    guard let count = options.optionalInteger(Self.field.name), count < fitting.count else {
      taken = fitting
      return
    }
    let order = RandomPermutation(
      count: fitting.count, stream: RandomStream(seed: context.seed, purpose: Self.field.name))
    taken = (0..<count).map { fitting[order[$0]] }.sorted()
  }

  /// Refuses rows that text cannot be.
  ///
  /// - Throws: `StageError`.
  static func check(_ task: any RowTask) throws {
    guard task.answersAreInText else { return }
    throw StageError.usage(
      port.name, "the rows are questions, which text does not ask", cure: "leave it out")
  }

  /// Why a corpus of single texts gives no pairs.
  static func noPairs(_ path: String) -> ArtifactError {
    ArtifactError.badData(
      path, "holds single texts alone, and the rows are pairs",
      cure: "make it with --mode pairs, or leave it out")
  }

  /// Looks whether rows can be made of a corpus, and says what is known of it.
  ///
  /// - Parameters:
  ///   - preview: The stage's.
  ///   - dataset: What the rows are to join.
  ///   - model: The model whose tokenizer is to have made both.
  /// - Returns: What is known; nil where no corpus is given, or nothing is.
  static func foresee(
    _ preview: inout Preview, _ dataset: DatasetProspect?, readBy model: ModelFacts?
  ) -> CorpusProspect? {
    guard let corpus = preview.corpus() else { return nil }
    if let model { preview.check(corpus, readBy: model) }
    if let dataset {
      preview.check { try check(dataset.task) }
      if dataset.hasPairs == true, !dataset.task.answersAreInText, !corpus.hasPairs {
        preview.find(noPairs(corpus.place), at: port.name)
      }
    }
    return corpus
  }

  /// Makes the rows, in the order of the corpus.
  ///
  /// - Parameters:
  ///   - context: The stage's.
  ///   - add: Is given a row's first text, its second one where it has one, its ids, and what is asked of it.
  /// - Throws: `StageInterruption` when asked to stop; `FileError` if the device fails.
  func forEach(
    _ context: StageContext, _ add: (String, String?, TokenizedRow, Target) -> Void
  ) throws {
    for (number, index) in taken.enumerated() {
      if number % 1024 == 0, context.isInterrupted() { throw StageInterruption(step: nil) }
      for example in try corpus.examples([index]) {
        let (ids, types) = (example.sequence.ids, example.sequence.types)
        let words = { (segment: Int32) in
          tokenizer.words(of: zip(ids, types).filter { $1 == segment }.map(\.0))
            .joined(separator: " ")
        }
        let second = types.firstIndex(of: 1)
        add(
          words(0), second.map { _ in words(1) },
          TokenizedRow(ids: ids, secondSegmentStart: Int32(clamping: second ?? ids.count)),
          readsWords ? .tokenLabels(ids.map(label)) : .none)
      }
    }
  }

  /// What the user should know of them.
  ///
  /// - Parameter added: How many became rows: none that is held out.
  /// - Returns: A sentence.
  func remark(added: Int) -> String {
    "\(added.grouped) of \(corpus.count.grouped) sequences of the corpus are rows without label, which a teacher answers"
      + (added < taken.count
        ? "; held-out rows that are left out: \((taken.count - added).grouped)" : "")
  }

  /// What is asked at a token: a class that nobody knows, where it begins a word.
  private func label(_ id: Int32) -> Int32 {
    id == tokenizer.unknownId || !tokenizer.specialIds.contains(id) && !tokenizer.continuesWord(id)
      ? unknownLabel : ignoredLabel
  }
}
