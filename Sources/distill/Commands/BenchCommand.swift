import ArgumentParser
import Benchmarks
import Pipelines
import Stages

/// `distill bench`: how fast this machine does the work, in the program's own code.
struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench",
    abstract: "Time training steps, augmentation, the tokenizer or matrix products.",
    discussion: """
      The steps are those of the stages of the same names: same loss, optimiser, dropout. A model is \
      a preset (bert-base, minilm-6l-384, tinybert-4l-312, tinybert-6l-768, tinybert-3l-312, with \
      drawn weights), a Hugging Face folder, an artifact or the address of a model (mlflow:...).
      """,
    subcommands: [
      BenchGeneral.self, BenchIntermediate.self, BenchPrediction.self, BenchFinetune.self,
      BenchAugment.self, BenchTokenize.self, BenchProducts.self,
    ])

  /// Prints what a benchmark found; one that was interrupted ends with the signal's code.
  static func show(
    json: Bool, _ run: (_ isInterrupted: @escaping @Sendable () -> Bool) throws -> BenchmarkReport
  ) throws {
    Interruption.remember(telling: "stopping")
    let report: BenchmarkReport
    do {
      report = try run { Interruption.isRequested }
    } catch is BenchmarkInterruption {
      throw ExitCode(Interruption.status.rawValue)
    }
    if json {
      Output.data(try report.json())
      return
    }
    let width = report.facts.map(\.name.count).max() ?? 0
    for (name, value) in report.facts {
      Output.data(name + String(repeating: " ", count: width - name.count + 2) + value)
    }
    guard !report.rows.isEmpty else { return }
    Output.data("")
    var table = Table(report.columns)
    table.rows = report.rows
    for line in table.lines { Output.data(line) }
  }
}

/// The options of everything that computes products.
struct BenchMachineOptions: ParsableArguments {
  @Option(help: "Precision of the products: auto, fp32 or bf16.")
  var precision = "auto"

  @Option(help: "Threads (all cores).")
  var threads: Int?

  @Flag(help: "Print one JSON document.")
  var json = false
}

/// The models of the timed steps of distillation.
struct BenchPairOptions: ParsableArguments {
  @Option(help: "Teacher: preset, folder or artifact.")
  var teacher: String

  @Option(help: "Student: preset, folder or artifact.")
  var student: String

  /// The settings with these models, which are fetched where they are on a server.
  func settings() throws -> TrainingBenchmark.Settings {
    let models = FetchedModels()
    return TrainingBenchmark.Settings(
      teacher: try models.folder(teacher), student: try models.folder(student))
  }
}

/// The options of the timed training steps.
struct BenchStepOptions: ParsableArguments {
  @Option(help: "Examples a step.")
  var batch = 32

  @Option(help: "Tokens of a drawn sequence; of a text the most.")
  var length = 128

  @Option(help: "Train on the texts of this file, one a line, instead of drawn ids.")
  var text: String?

  @Option(help: "Timed steps.")
  var steps = 5

  @Option(help: "Steps before those.")
  var warmup = 2

  @Option(help: "Seed of weights, ids, order and dropout.")
  var seed = Pipeline.defaultSeed

  @OptionGroup var machine: BenchMachineOptions

  func run(_ phase: TrainingBenchmark.Phase, _ models: TrainingBenchmark.Settings) throws {
    var settings = models
    settings.batch = batch
    settings.length = length
    settings.text = text
    settings.precision = machine.precision
    settings.threads = machine.threads
    settings.steps = steps
    settings.warmup = warmup
    settings.seed = seed
    try BenchCommand.show(json: machine.json) { isInterrupted in
      try TrainingBenchmark(phase, settings).run(isInterrupted: isInterrupted).report
    }
  }
}

/// `distill bench general`.
struct BenchGeneral: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "general", abstract: "Time steps of general distillation.")

  @OptionGroup var models: BenchPairOptions
  @OptionGroup var options: BenchStepOptions

  func run() throws { try options.run(.general, models.settings()) }
}

/// `distill bench intermediate`.
struct BenchIntermediate: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "intermediate", abstract: "Time steps of task distillation, first phase.",
    discussion: """
      With --cache-teacher the stage's cache is made over all texts, in a temporary folder (under \
      TMPDIR) that is removed in the end, and the making is timed; then steps are timed that read it, \
      as in the stage: from memory what the system still has there. The tokens/s are those of the \
      phase: epochs * tokens of the texts / (seconds of the making + epochs * tokens of the texts / \
      tokens/s of the steps). Products and their rates are of the steps.
      """)

  @OptionGroup var models: BenchPairOptions
  @OptionGroup var options: BenchStepOptions

  @Flag(help: "Run the teacher once, before the first step, and keep its layers on disk.")
  var cacheTeacher = false

  @Option(help: "Epochs that the cache serves (the stage's default).")
  var epochs: Int?

  func run() throws {
    var settings = try models.settings()
    settings.cachesTeacher = cacheTeacher
    settings.epochs = epochs
    try options.run(.intermediate, settings)
  }
}

/// `distill bench prediction`.
struct BenchPrediction: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "prediction",
    abstract: "Time steps of task distillation, second phase, on teacher logits that are there.",
    discussion: "The logits are drawn: the teacher gives the tokenizer and the number of classes.")

  @OptionGroup var models: BenchPairOptions
  @OptionGroup var options: BenchStepOptions

  @Option(help: "Task: classification, token-classification or question-answering.")
  var task = "classification"

  func run() throws {
    var settings = try models.settings()
    settings.task = task
    try options.run(.prediction, settings)
  }
}

/// `distill bench finetune`.
struct BenchFinetune: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "finetune", abstract: "Time steps of fine-tuning on drawn answers of tokens.")

  @Option(help: "Model: preset, folder or artifact.")
  var model: String

  @Option(help: "Task: token-classification or question-answering.")
  var task: String

  @OptionGroup var options: BenchStepOptions

  func run() throws {
    let model = try FetchedModels().folder(model)
    var settings = TrainingBenchmark.Settings(teacher: model, student: model)
    settings.task = task
    try options.run(.finetune, settings)
  }
}

/// `distill bench augment`.
struct BenchAugment: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "augment", abstract: "Time the rewriting of texts with a language model's words.")

  @Option(help: "A folder or an artifact with a masked-language head.")
  var model: String

  @Option(help: "Texts, one a line.")
  var text: String

  @Option(help: "Texts that are read, at most.")
  var rows = 500

  @Option(help: "Rewrites a text, at most.")
  var rewrites = 20

  @Option(
    help: "What the model sees: masked, or original for the whole text beside the masked one.")
  var mlmContext = "masked"

  @Option(help: "Share of a text's pieces masked at once; 0 masks word by word.")
  var maskedShare = "0"

  @Option(help: "Seed of the draws.")
  var seed = Pipeline.defaultSeed

  @OptionGroup var machine: BenchMachineOptions

  func run() throws {
    let model = try FetchedModels().folder(model)
    try BenchCommand.show(json: machine.json) { isInterrupted in
      try AugmentationBenchmark(
        model: model, text: text, rows: rows,
        flags: [
          ("rewrites", "\(rewrites)"), ("mlm_context", mlmContext), ("masked_share", maskedShare),
        ], precision: machine.precision, threads: machine.threads, seed: seed
      ).run(isInterrupted: isInterrupted)
    }
  }
}

/// `distill bench tokenize`.
struct BenchTokenize: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tokenize", abstract: "Time the tokenizer on a file's texts, on one thread.")

  @Option(help: "A folder or an artifact, whose tokenizer is used.")
  var model: String

  @Option(help: "Texts, one a line.")
  var text: String

  @Flag(help: "Print one JSON document.")
  var json = false

  func run() throws {
    let model = try FetchedModels().folder(model)
    try BenchCommand.show(json: json) { isInterrupted in
      try TokenizerBenchmark(model: model, text: text).run(isInterrupted: isInterrupted)
    }
  }
}

/// `distill bench products`.
struct BenchProducts: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "products",
    abstract: "Time a layer's three products by shape, through every library there is.",
    discussion: """
      A shape is rows x inputs x outputs of y = x W^T. The rate is that of the best repetition, \
      beside the median.
      """)

  @Option(help: "Shapes with commas between, such as 4096x768x3072,4096x312x1200.")
  var shapes = "4096x768x768,4096x768x3072,4096x3072x768,4096x312x312,4096x312x1200,4096x1200x312"

  @OptionGroup var machine: BenchMachineOptions

  func run() throws {
    try BenchCommand.show(json: machine.json) { isInterrupted in
      try ProductBenchmark(
        shapes: shapes, precision: machine.precision, threads: machine.threads
      ).run(isInterrupted: isInterrupted)
    }
  }
}
