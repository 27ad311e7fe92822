import Artifacts
import Compute
public import Pipelines
import Tasks
public import Training

/// The options that every training stage shares, under the names of Hugging Face's
/// `TrainingArguments`.
public enum TrainingFields {
  private static let standard = TrainingOptions()

  /// The table; a stage passes the defaults that suit it.
  static func table(
    epochs: Double, learningRate: Double, batchSize: Int
  ) -> [OptionField] {
    [
      OptionField(
        "num_train_epochs", .real(.leastNonzeroMagnitude...100_000), default: .real(epochs),
        help: "passes over the data; may be fractional"),
      OptionField(
        "max_steps", .integer(1...1_000_000_000), default: nil,
        help: "optimiser steps; overrides num_train_epochs"),
      OptionField(
        "per_device_train_batch_size", .integer(1...100_000), default: .integer(batchSize),
        help: "examples a step, before accumulation"),
      OptionField(
        "gradient_accumulation_steps", .integer(1...100_000),
        default: .integer(standard.gradientAccumulationSteps),
        help: "batches a step: the step's examples are their product"),
      OptionField(
        "dataloader_drop_last", .boolean, default: .boolean(false),
        help: "leave out an epoch's last examples where they are too few for a full step"),
      OptionField(
        "learning_rate", .real(0...1), default: .real(learningRate), help: "peak learning rate"),
      OptionField(
        "lr_scheduler_type", .choice(Schedule.Shape.allCases.map(\.rawValue)),
        default: .text(standard.lrSchedulerType.rawValue),
        help:
          "course of the learning rate after warm-up; warmup_linear is linear as BertAdam rounds it"
      ),
      OptionField(
        "warmup_ratio", .real(0...1), default: .real(standard.warmupRatio),
        help: "share of the steps in which the rate rises from 0"),
      OptionField(
        "optim", .choice(["adamw", "bertadam"]), default: .text("adamw"),
        help: "AdamW as in PyTorch, or BertAdam as in the reference of TinyBERT"),
      OptionField(
        "weight_decay", .real(0...1), default: .real(standard.optimizer.weightDecay),
        help: "decoupled weight decay; biases and LayerNorm are left alone"),
      OptionField(
        "adam_beta1", .real(0...(1.0).nextDown), default: .real(standard.optimizer.beta1),
        help: "decay of the first moment"),
      OptionField(
        "adam_beta2", .real(0...(1.0).nextDown), default: .real(standard.optimizer.beta2),
        help: "decay of the second moment"),
      OptionField(
        "adam_epsilon", .real(.leastNonzeroMagnitude...1), default: nil,
        help: "added to the root of the second moment (AdamW 1e-8, BertAdam 1e-6)"),
      OptionField(
        "max_grad_norm", .real(0...1_000_000), default: .real(1),
        help: "gradients are clipped to this norm; 0 leaves them"),
      OptionField(
        "clip", .choice(["global", "per_tensor"]), default: .text("global"),
        help: "one norm over all gradients, or one a tensor as BertAdam does"),
      OptionField(
        "max_tokens", .integer(8...10_000_000), default: .integer(standard.maxTokens),
        help: "rows of a micro-batch: memory, never mathematics", isSemantic: false),
      OptionField(
        "logging_steps", .integer(1...1_000_000_000), default: .integer(standard.loggingSteps),
        help: "steps between records of the losses", isSemantic: false),
      OptionField(
        "save_steps", .integer(0...1_000_000_000), default: .integer(500),
        help: "steps between checkpoints; 0 saves by the clock and on interruption alone",
        isSemantic: false),
      OptionField(
        "save_minutes", .real(0...100_000), default: .real(10),
        help: "minutes without a checkpoint after which the next step saves; 0 never",
        isSemantic: false),
    ] + PrecisionField.table
  }

  /// Evaluation on the development split while training, for stages that learn a task of rows.
  static let evaluation: [OptionField] = [
    OptionField(
      "eval_strategy", .choice(["no", "epoch", "steps"]), default: .text("epoch"),
      help: "when the development split is scored while training; the result is scored at the end"),
    OptionField(
      "eval_steps", .integer(1...1_000_000_000), default: .integer(standard.evalSteps),
      help: "steps between scores with eval_strategy steps"),
    OptionField(
      "load_best_model_at_end", .boolean, default: .boolean(false),
      help: "keep the weights of the best score instead of the last"),
    OptionField(
      "metric_for_best_model", .choice(TaskTable.metricNames),
      default: nil, help: "the score that counts; the first of the task's by default"),
    OptionField(
      "early_stopping_patience", .integer(1...100_000), default: nil,
      help: "scores without improvement before training stops"),
    OptionField(
      "early_stopping_threshold", .real(0...1), default: .real(0),
      help: "how much better than the best a score must be to be an improvement"),
  ]

  /// The output of such stages that keeps the weights after the last step, whatever is published.
  static let lastModel = Port(
    "last_model", kinds: ["model"], isOptional: true,
    help: "the weights after the last step, which load_best_model_at_end may leave out")

  /// The trainer's options from validated values.
  public static func options(_ values: OptionValues, seed: UInt64) -> TrainingOptions {
    var options = TrainingOptions()
    options.numTrainEpochs = values.real("num_train_epochs")
    options.maxSteps = values.optionalInteger("max_steps")
    options.perDeviceTrainBatchSize = values.integer("per_device_train_batch_size")
    options.gradientAccumulationSteps = values.integer("gradient_accumulation_steps")
    options.learningRate = values.real("learning_rate")
    options.lrSchedulerType =
      Schedule.Shape(rawValue: values.text("lr_scheduler_type")) ?? .linear
    options.dataloaderDropLast = values.boolean("dataloader_drop_last")
    options.warmupRatio = values.real("warmup_ratio")
    options.optimizer = optimizer(values)
    options.maxTokens = values.integer("max_tokens")
    options.loggingSteps = values.integer("logging_steps")
    let saveSteps = values.integer("save_steps")
    options.saveSteps = saveSteps == 0 ? nil : saveSteps
    let saveMinutes = values.real("save_minutes")
    options.saveMinutes = saveMinutes == 0 ? nil : saveMinutes
    options.seed = seed
    guard values.names.contains("eval_strategy") else { return options }
    options.evalStrategy = .init(rawValue: values.text("eval_strategy")) ?? .no
    options.evalSteps = values.integer("eval_steps")
    options.loadBestModelAtEnd = values.boolean("load_best_model_at_end")
    // Which is the first depends on the task; see below.
    options.metricForBestModel =
      values.optionalText("metric_for_best_model") ?? TaskTable.metricNames[0]
    options.earlyStoppingPatience = values.optionalInteger("early_stopping_patience")
    options.earlyStoppingThreshold = values.real("early_stopping_threshold")
    return options
  }

  /// The same where there are no development rows to score on.
  ///
  /// - Throws: `StageError` when the options ask for the best score.
  public static func optionsWithoutScores(_ values: OptionValues, seed: UInt64) throws
    -> TrainingOptions
  {
    // Not to score, and not to keep the best, is what happens.
    let harmless = { (name: String) in
      name == "eval_strategy" && values.text(name) == "no" || values.optionalBoolean(name) == false
    }
    for name in evaluation.map(\.name) where values.given.contains(name) && !harmless(name) {
      throw StageError.usage(
        name, "there are no development rows to score on",
        cure: "give the dataset a development split, or leave the option out")
    }
    var options = options(values, seed: seed)
    options.evalStrategy = .no
    options.loadBestModelAtEnd = false
    return options
  }

  /// The one or the other, by whether there are development rows.
  static func options(_ values: OptionValues, seed: UInt64, data: TaskData) throws
    -> TrainingOptions
  {
    guard data.development != nil else { return try optionsWithoutScores(values, seed: seed) }
    var options = options(values, seed: seed)
    if options.evalStrategy != .no {
      let metric = try data.task.chooser(
        named: values.optionalText("metric_for_best_model"), labels: data.labels.count)
      options.metricForBestModel = metric.name
      options.greaterIsBetter = metric.greaterIsBetter
    }
    return options
  }

  /// Checks the options against each other.
  ///
  /// - Throws: `TrainingError` or `StageError` naming the option.
  static func validate(_ values: OptionValues) throws {
    try options(values, seed: 0).validate()
    if values.real("max_grad_norm") == 0 {
      try values.requireUnused(["clip"], beside: "--max-grad-norm 0, which leaves gradients alone")
    }
    guard values.names.contains("eval_strategy") else { return }
    let strategy = values.text("eval_strategy")
    if strategy != "steps" {
      try values.requireUnused(["eval_steps"], beside: "--eval-strategy \(strategy)")
    }
    if strategy == "no" {
      try values.requireUnused(["metric_for_best_model"], beside: "--eval-strategy no")
    }
    if values.optionalInteger("early_stopping_patience") == nil {
      try values.requireGiven("--early-stopping-patience", for: ["early_stopping_threshold"])
    }
  }

  private static func optimizer(_ values: OptionValues) -> OptimizerOptions {
    let norm = values.real("max_grad_norm")
    let clipping: OptimizerOptions.Clipping =
      norm == 0 ? .none : values.text("clip") == "global" ? .global(norm) : .perTensor(norm)
    return OptimizerOptions(
      values.text("optim") == "adamw" ? .adamW : .bertAdam, beta1: values.real("adam_beta1"),
      beta2: values.real("adam_beta2"), epsilon: values.optionalReal("adam_epsilon"),
      weightDecay: values.real("weight_decay"), clipping: clipping)
  }
}
