import Artifacts
import Files
import Pipelines
import Stages

/// What a command says at its end: what was made, where it lies, and what to do with it next.
struct ClosingLines {
  private let pipeline: Pipeline
  private let done: Set<String>
  private let named: String?

  /// The lines at the end of a run of `pipeline`.
  ///
  /// - Parameters:
  ///   - pipeline: It.
  ///   - summary: What came of it.
  ///   - next: The command to give next, where that does not follow from the pipeline.
  init(_ pipeline: Pipeline, _ summary: RunSummary, next: String? = nil) {
    self.pipeline = pipeline
    done = Set(summary.ran + summary.restored + summary.skipped)
    named = next
  }

  /// A line for each output that no stage reads, and the next command.
  var lines: [String] {
    outputs.map { printable("\($0.port.replacing("_", with: " ")): \($0.path)") }
      + (nextCommand.map { ["next: \($0)"] } ?? [])
  }

  /// The outputs that are there and that no stage has read, such as has none of its own included: of a run until a
  /// stage, what that one made.
  var outputs: [(stage: PipelineStage, port: String, path: String)] {
    let made = pipeline.stages.filter { stage in
      done.contains(stage.name)
        || stage.outputs.contains { fileExists(pipeline.path(of: $0, of: stage)) }
    }
    let read = Set(made.flatMap { $0.inputs.flatMap(\.names) })
    return made.flatMap { stage in
      stage.outputs.filter { !read.contains($0.name) }
        .map { (stage, $0.port, pipeline.path(of: $0, of: stage)) }
        .filter { fileExists($0.2) }
    }
  }

  /// The command to give next; nil where nothing suggests itself.
  var nextCommand: String? {
    if let named { return named }
    if let file = pipeline.file { return "distill metrics \(CommandLine.spoken(file))" }
    return outputs.lazy.compactMap { next(after: $0.stage, $0.path) }.first
  }

  /// What a dataset can be learnt from; nil where it is not understood.
  private func lessons(_ dataset: String) -> DatasetLessons? {
    try? DatasetLessons(ofDataset: dataset)
  }

  /// How a student learns from a dataset without labels for all, or with a teacher's answers; nil where
  /// labels are all there is.
  private func distillation(_ dataset: String, _ made: String) -> String? {
    guard let lessons = lessons(dataset) else { return nil }
    let (student, output) = ("--student STUDENT.h5 --dataset \(made)", "--output MODEL.h5")
    guard lessons.haveAnswers else {
      return lessons.unlabelled.count == 0
        ? nil : "distill prediction --teacher TEACHER.h5 \(student) \(output)"
    }
    // Rows that nobody has answered for count for their label, those without one for a teacher's answer.
    if lessons.useless.count > 0 {
      return "distill prediction --teacher TEACHER.h5 --answers-from teacher \(student) \(output)"
    }
    return "distill prediction \(student)"
      + (lessons.unanswered.count > 0 ? " --alpha 0.5" : "") + " \(output)"
  }

  /// The model whose tokenizer a stage reads; nil where that is none.
  private func owner(_ stage: PipelineStage) -> TokenizerOwner? {
    let name = stage.inputs.first { $0.port == "tokenizer" }?.names.first
    return pipeline.sources.first { $0.name == name }?.paths.first.flatMap(TokenizerOwner.init)
  }

  /// The command that has made `path`, with rows as short as the model reads them; nil where they are.
  private func shortened(
    _ stage: PipelineStage, _ path: String, for owner: TokenizerOwner
  ) -> String? {
    let length: Int? =
      switch stage.kind.kind {
      case CorpusStage.kind: stage.options.optionalInteger("max_seq_length")
      case DatasetStage.kind: (try? DatasetArtifact.open(path))?.1.maxSequenceLength
      default: nil
      }
    guard let length, owner.positions < length else { return nil }
    return Self.shortened(Array(CommandLine.arguments.dropFirst()), to: owner.positions)
  }

  /// A command line, words after the program's name, with another length of rows.
  static func shortened(_ words: [String], to positions: Int) -> String {
    let flag = "--max-seq-length"
    var kept: [String] = []
    var rest = words[...]
    while let word = rest.popFirst() {
      let name = word.prefix { $0 != "=" }.replacing("_", with: "-")
      if name != flag { kept.append(word) } else if name.count == word.count { _ = rest.popFirst() }
    }
    return (["distill"] + kept + [flag, "\(positions)"]).map(CommandLine.spoken)
      .joined(separator: " ")
  }

  /// What the output of a stage command is mostly made for; words in capitals stand for paths.
  private func next(after stage: PipelineStage, _ path: String) -> String? {
    let made = CommandLine.spoken(path)
    func given(_ port: String, else word: String) -> String {
      stage.inputs.first { $0.port == port }?.names.first
        .flatMap { name in pipeline.sources.first { $0.name == name }?.paths.first }
        .map(CommandLine.spoken) ?? word
    }
    let owner = owner(stage)
    if let owner, let command = shortened(stage, path, for: owner) { return command }
    switch stage.kind.kind {
    case CorpusStage.kind:
      let teacher = given("tokenizer", else: "TEACHER")
      return "distill general --teacher \(teacher) --corpus \(made) --output STUDENT.h5"
    case DatasetStage.kind where DatasetStage.isTaught(stage.options):
      let teacher = given("tokenizer", else: "TEACHER")
      let pooling = owner.map { $0.pools ? "" : " --pooling mean" } ?? ""
      return "distill prediction --teacher \(teacher)\(pooling) --student STUDENT.h5 "
        + "--dataset \(made) --output MODEL.h5"
    case DatasetStage.kind:
      if let command = distillation(path, made) { return command }
      let model = given("tokenizer", else: "MODEL")
      return "distill finetune --model \(model) --dataset \(made) --output TEACHER.h5"
    case FinetuneStage.kind
    where stage.options.optionalText("objective") == FinetuneStage.maskedObjective:
      return "distill augment --dataset DATASET.h5 --masked-language-model \(made) --output MORE.h5"
    case ExportStage.kind where !TextPredictor.takes(path):
      return "distill inspect \(made)"
    case FinetuneStage.kind,
      PredictionStage.kind where !TextPredictor.takes(path):
      let dataset = given("dataset", else: "DATASET.h5")
      return "distill evaluate --models \(made) --dataset \(dataset)"
    case FinetuneStage.kind, PredictionStage.kind, ExportStage.kind:
      return "distill predict --model \(made) --input FILE"
    case GeneralStage.kind:
      return "distill task --teacher TEACHER.h5 --student \(made) --dataset DATASET.h5 "
        + "--output TASK.h5"
    case AugmentStage.kind:
      return "distill task --teacher TEACHER.h5 --student STUDENT.h5 --dataset \(made) "
        + "--output TASK.h5"
    case IntermediateStage.kind:
      let (teacher, dataset) = (
        given("teacher", else: "TEACHER"), given("dataset", else: "DATASET")
      )
      return "distill prediction --teacher \(teacher) --student \(made) --dataset \(dataset) "
        + "--output TASK.h5"
    default: return nil
    }
  }
}
