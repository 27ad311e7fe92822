import Pipelines

/// The options of a stage as the program published with TinyBERT has them, all at once: what is left out
/// stands at these, what is given stands above them.
///
/// Numbers are those that its README gives: general distillation, task distillation of layers, then of
/// predictions. What is a fault of that program alone, and nobody would want, has no switch: quotes that its
/// writer adds to rewritten rows and its reader does not take away, a best model that must beat a score of 0,
/// evaluation at each part of an accumulated step. Its accumulation gives the gradient that ours gives.
enum TinyBERTPreset {
  /// The value of the option.
  static let name = "tinybert"

  /// The option `preset` of a kind of stage.
  static func field(of kind: String) -> OptionField {
    .preset(
      "preset", [name: values[kind] ?? [:]],
      help: "tinybert: options that are left out stand at what the program of TinyBERT has")
  }

  private static let training: [String: OptionValue] = [
    "per_device_train_batch_size": .integer(32), "dataloader_drop_last": .boolean(true),
    "optim": .text("bertadam"), "clip": .text("per_tensor"), "max_grad_norm": .real(1),
    "weight_decay": .real(0.01), "learning_rate": .real(5e-5),
    "lr_scheduler_type": .text("warmup_linear"), "warmup_ratio": .real(0.1),
    "teacher_dropout": .boolean(true),
  ]

  private static let layers = training.merging([
    "layer_map": .text("uniform"), "projection": .text("shared"),
    "pad_to_max_length": .boolean(true), "attention_cutoff": .real(-100),
  ]) { $1 }

  private static let values: [String: [String: OptionValue]] = [
    CorpusStage.kind: [
      "max_seq_length": .integer(128), "mode": .text("pairs"),
    ],
    GeneralStage.kind: layers.merging([
      "student": .text("tinybert-4l-312"), "initialization": .text("random"),
      "hidden_dropout_prob": .real(0.1), "attention_probs_dropout_prob": .real(0.1),
      "num_train_epochs": .real(3), "masked_min": .integer(1),
    ]) { $1 },
    AugmentStage.kind: [
      "rewrites": .integer(30), "replacement_probability": .real(0.4), "candidates": .integer(15),
      "mlm_context": .text("original"), "masked_share": .real(0), "stop_words": .text("tinybert"),
      "aug_pair": .text("leak"), "word_vector_limit": .integer(100_000),
    ],
    IntermediateStage.kind: layers.merging([
      "num_train_epochs": .real(10), "lr_scheduler_type": .text("constant"),
      "warmup_ratio": .real(0),
    ]) { $1 },
    PredictionStage.kind: training.merging([
      "head": .text("tinybert"), "head_initialization": .text("random"), "temperature": .real(1),
      "t2": .boolean(false),
      "alpha": .real(0), "soft_ce_mean": .text("classes"), "gold_scores": .boolean(true),
      "num_train_epochs": .real(3), "learning_rate": .real(3e-5), "eval_strategy": .text("steps"),
      "eval_steps": .integer(100), "load_best_model_at_end": .boolean(true),
    ]) { $1 },
  ]
}
