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
/// Left out are sequences beyond the dataset's `max_seq_length`, those whose ids are a held-out row's, and those
/// that are training rows or stand in the corpus before. A held-out text that is a part of a sequence is told by
/// words alone: by the corpus' own `exclude`.
struct CorpusRows {
  /// The input that asks for them.
  static let port = Port(
    "corpus", kinds: [CorpusArtifact.kind], isOptional: true,
    help: "text whose sequences become rows without label, which the students' teacher answers")
  /// How many are taken.
  static let field = OptionField(
    "corpus_rows", .integer(1...1_000_000_000), default: nil,
    help: "sequences of the corpus that become rows, drawn by the seed; all unless given")

  /// Why a sequence becomes no row.
  private enum Absence: String, CaseIterable {
    case tooLong = "beyond max_seq_length"
    case otherForm = "of another number of segments"
    case heldOut = "held-out rows"
    case repeated = "there already"
  }

  /// The sequences that become rows, ascending.
  private let taken: [Int]
  /// How many were asked for; nil for all.
  private let wanted: Int?
  private let absences: [Absence: Int]
  private let corpus: CorpusExamples
  private let tokenizer: Tokenizer
  private let readsWords: Bool

  /// How many rows they are.
  var count: Int { taken.count }

  /// Chooses the sequences; nil where no corpus is given.
  ///
  /// - Parameters:
  ///   - context: The stage's.
  ///   - description: The dataset's.
  ///   - splits: Its rows, those of training as they are rewritten.
  ///   - model: The model whose tokenizer made the ids.
  ///   - options: The stage's.
  /// - Throws: `StageError` where such rows cannot be made of text; `ArtifactError` where the corpus is another
  ///   tokenizer's, or has none of their form.
  init?(
    _ context: StageContext, _ description: DatasetDescription, _ splits: [String: DatasetSplit],
    _ model: (tokenizer: Tokenizer, configuration: ModelConfiguration), _ options: OptionValues
  ) throws {
    guard let input = context.input(Self.port.name) else { return nil }
    let task = try description.rowTask(of: context.required("dataset"))
    try Self.check(task)
    guard splits["train"]?.teachers.isEmpty != false else {
      throw StageError.usage(
        Self.port.name, "each row names the teacher that it is asked of, which text does not",
        cure: "leave it out")
    }
    (tokenizer, readsWords) = (model.tokenizer, task.readsWords)
    corpus = try CorpusExamples(
      input.path, tokenizer: tokenizer, configuration: model.configuration,
      scratchFolder: context.checkpointFolder)
    if description.hasPairs, !corpus.seen.hasSecondSegments { throw Self.noPairs(input.path) }
    wanted = options.optionalInteger(Self.field.name)

    let heldOut = Set(
      splits.filter { $0.key != "train" }.values.flatMap { $0.sequences.map(\.ids) })
    var known = Set(splits["train"]?.sequences.map(\.ids) ?? [])
    // Of one seed, the smaller of two parts is a part of the greater.
    let order = RandomPermutation(
      count: corpus.count, stream: RandomStream(seed: context.seed, purpose: Self.field.name))
    var (taken, absences): ([Int], [Absence: Int]) = ([], [:])
    for place in 0..<corpus.count {
      if place % 1024 == 0, context.isInterrupted() { throw StageInterruption(step: nil) }
      guard taken.count < wanted ?? .max else { break }
      let number = wanted == nil ? place : order[place]
      for example in try corpus.examples([number]) {
        let ids = example.sequence.ids
        let absence: Absence? =
          if ids.count > description.maxSequenceLength {
            .tooLong
          } else if example.sequence.types.contains(1) != description.hasPairs {
            .otherForm
          } else if heldOut.contains(ids) {
            .heldOut
          } else if !known.insert(ids).inserted {
            .repeated
          } else {
            nil
          }
        if let absence { absences[absence, default: 0] += 1 } else { taken.append(number) }
      }
    }
    (self.taken, self.absences) = (taken.sorted(), absences)
    guard taken.isEmpty else { return }
    throw ArtifactError.badData(
      input.path, "none of its \(corpus.count) sequences can be a row: \(Self.text(absences))",
      cure: "make it with --max-seq-length \(description.maxSequenceLength) and --mode "
        + (description.hasPairs ? "pairs" : "sentences") + " of other text, or leave it out")
  }

  private static func text(_ absences: [Absence: Int]) -> String {
    Absence.allCases.compactMap { absence in
      absences[absence].map { "\($0.grouped) are \(absence.rawValue)" }
    }.joined(separator: ", ")
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
  var remark: String {
    "\(count.grouped) of \(corpus.count.grouped) sequences of the corpus are rows without label, which a teacher answers"
      + (wanted.map { $0 > count ? " (\($0.grouped) were asked for)" : "" } ?? "")
      + (absences.isEmpty ? "" : "; left out: \(Self.text(absences))")
  }

  /// What is asked at a token: a class that nobody knows, where it begins a word.
  private func label(_ id: Int32) -> Int32 {
    id == tokenizer.unknownId || !tokenizer.specialIds.contains(id) && !tokenizer.continuesWord(id)
      ? unknownLabel : ignoredLabel
  }
}
