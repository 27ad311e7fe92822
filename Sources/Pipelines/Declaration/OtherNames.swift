/// What other tools call the options of stages.
///
/// No edit leads from `--epochs` to `--num-train-epochs`: who comes from another tool is told by a table.
enum OtherNames {
  /// Names of options and ports here, each with what it is called elsewhere; of several that have one name
  /// the first that a stage has is meant.
  private static let table: [(own: String, others: [String])] = [
    ("num_train_epochs", ["epochs", "epoch", "num_epochs", "n_epochs", "max_epochs", "passes"]),
    ("learning_rate", ["lr", "rate", "eta", "max_lr", "peak_lr"]),
    (
      "per_device_train_batch_size",
      [
        "batch", "batch_size", "bs", "batchsize", "train_batch_size", "train_bs", "mini_batch_size",
        "per_gpu_train_batch_size", "per_device_batch_size",
      ]
    ),
    (
      "gradient_accumulation_steps",
      ["grad_accum", "accumulation_steps", "accumulate_grad_batches", "grad_acc_steps", "accum"]
    ),
    (
      "max_seq_length",
      [
        "max_length", "max_len", "maxlen", "seq_len", "seq_length", "max_seq_len",
        "model_max_length",
        "block_size", "sequence_length",
      ]
    ),
    (
      "max_steps",
      ["steps", "num_steps", "train_steps", "num_train_steps", "max_train_steps", "iterations"]
    ),
    ("warmup_ratio", ["warmup", "warmup_proportion", "warmup_steps", "num_warmup_steps"]),
    ("weight_decay", ["wd", "l2", "decay"]),
    ("lr_scheduler_type", ["scheduler", "lr_scheduler", "schedule", "lr_schedule"]),
    ("optim", ["optimizer", "optimiser"]),
    ("adam_epsilon", ["eps", "epsilon", "adam_eps"]),
    ("adam_beta1", ["beta1"]),
    ("adam_beta2", ["beta2"]),
    (
      "max_grad_norm", ["grad_clip", "gradient_clipping", "gradient_clip_val", "clip_grad_norm"]
    ),
    ("early_stopping_patience", ["patience", "early_stopping"]),
    ("eval_strategy", ["evaluation_strategy", "evaluate_during_training"]),
    ("eval_steps", ["eval_every", "eval_interval", "val_check_interval"]),
    ("load_best_model_at_end", ["load_best", "save_best", "keep_best", "restore_best_weights"]),
    ("metric_for_best_model", ["monitor", "best_metric"]),
    ("save_steps", ["save_every", "checkpoint_steps"]),
    ("logging_steps", ["log_every", "log_interval", "logging_interval"]),
    ("precision", ["bf16", "fp16", "amp", "dtype", "mixed_precision"]),
    ("temperature", ["kd_temperature", "distillation_temperature", "tau"]),
    ("alpha", ["alpha_ce", "hard_weight", "label_weight"]),
    ("hidden_size", ["hidden_dim", "dim", "d_model", "hidden"]),
    ("num_hidden_layers", ["num_layers", "n_layers", "layers", "student_hidden_layers"]),
    ("num_attention_heads", ["num_heads", "n_heads", "heads"]),
    ("intermediate_size", ["ffn_dim", "ffn_size", "hidden_ffn", "dim_feedforward"]),
    ("hidden_dropout_prob", ["dropout", "dropout_rate", "dropout_prob"]),
    ("mlm_probability", ["masking_probability", "masked_lm_prob", "mask_prob", "mlm_prob"]),
    ("rewrites", ["n_iter", "num_aug", "num_augmentations"]),
    ("replacement_probability", ["p_threshold", "replace_prob", "aug_p"]),
    ("candidates", ["num_candidates", "top_k", "topk", "k"]),
    ("text_column", ["text_col", "text_field", "sentence_column"]),
    ("label_column", ["label_col", "label_field", "target_column"]),
    ("label_separator", ["separator", "delimiter"]),
    ("limit", ["max_samples", "max_train_samples", "max_rows", "head_rows"]),
    ("seed", ["random_seed", "random_state"]),
    ("threads", ["num_threads", "n_threads", "num_workers", "workers", "n_jobs", "cpus"]),
    ("tracking_uri", ["mlflow_uri", "mlflow_tracking_uri"]),
    ("experiment", ["experiment_name", "mlflow_experiment_name", "project"]),
    ("workspace", ["logging_dir", "work_dir", "checkpoint_dir", "cache_dir"]),
    ("overwrite", ["overwrite_output_dir"]),
    ("output", ["output_dir", "out", "save_dir", "o", "output_path"]),
    ("model", ["model_name_or_path", "pretrained_model_name_or_path", "model_path", "base_model"]),
    ("models", ["model", "model_name_or_path", "model_path"]),
    ("teacher", ["teacher_model", "teacher_path", "teacher_name_or_path", "model_name_or_path"]),
    ("student", ["student_model", "student_path", "student_name_or_path"]),
    ("tokenizer", ["tokenizer_name", "tokenizer_path", "vocab_file"]),
    ("text", ["corpus_file", "raw_text", "text_file", "train_file"]),
    ("train", ["train_file", "train_data", "training_file", "train_path"]),
    (
      "dev",
      [
        "dev_file", "eval_file", "val", "valid", "val_file", "validation", "validation_file",
        "eval",
      ]
    ),
    ("test", ["test_file", "test_data", "predict_file"]),
    ("dataset", ["data", "data_dir", "dataset_name", "data_path", "train_file"]),
    ("task", ["task_name", "task_type"]),
  ]

  /// The option or port of `names` that is called `name` elsewhere; nil where none is.
  ///
  /// - Parameters:
  ///   - name: What was written; case and `-` for `_` are free.
  ///   - names: Names that there are, in one spelling or the other.
  /// - Returns: One of `names`.
  static func meant(by name: String, among names: [String]) -> String? {
    let written = Suggestions.folded(name)
    for (own, others) in table where others.contains(where: { Suggestions.folded($0) == written }) {
      let wanted = Suggestions.folded(own)
      if let known = names.first(where: { Suggestions.folded($0) == wanted }) { return known }
    }
    return nil
  }
}

extension Suggestion {
  /// What `Suggestions` says about the name of an option, and before that what other tools call so.
  ///
  /// - Parameters:
  ///   - name: What was written.
  ///   - candidates: The options and ports that there are.
  ///   - prefix: What a suggestion begins with.
  /// - Returns: `; did you mean "x"?`, or as `Suggestions.clause`.
  public static func clause(
    forOption name: String, among candidates: [String], prefix: String = ""
  ) -> String {
    if let meant = OtherNames.meant(by: name, among: candidates) {
      return "; did you mean \"\(prefix)\(meant)\"?"
    }
    return clause(for: name, among: candidates, prefix: prefix)
  }
}
