internal import Pipelines

/// In which sections help shows the options of stages, and which of them it keeps for those who ask for all.
package enum OptionGroups {
  /// A section: its title and the names in it.
  package typealias Group = (title: String, names: Set<String>)

  /// The sections, in their order; what is in none comes before them.
  package static let all: [Group] = [
    group("LEAVING OUT", CorpusFields.cleaning),
    group("STUDENT", StudentFields.table),
    group("MATCHING LAYERS", MatchingFields.table),
    group("LOSSES", LossFields.ofLayers + [MaskedWordsField.field] + LossFields.ofAnswers),
    group(
      "TEACHER",
      SeveralTeachersFields.all + TeacherCacheFields.table + [AnswersSource.field]),
    group("VECTORS", VectorFields.table),
    group(
      "AS THE PROGRAM OF TINYBERT",
      ReferenceFields.layers + ReferenceFields.text + ReferenceFields.prediction),
    group("TRAINING", TrainingFields.table(epochs: 1, learningRate: 1, batchSize: 1)),
    group("SCORES WHILE TRAINING", TrainingFields.evaluation),
  ]

  private static func group(_ title: String, _ fields: [OptionField]) -> Group {
    (title, Set(fields.map(\.name)))
  }

  /// Options that few need.
  package static let rare: Set<String> = [
    "adam_beta1", "adam_beta2", "adam_epsilon", "attention_cutoff", "attention_loss",
    "attention_probs_dropout_prob", "aug_pair", "cache_teacher_type", "candidate_floor", "clip",
    "confidence_weight", "dataloader_drop_last", "early_stopping_threshold", "eval_steps",
    "gold_scores", "hard_share", "head", "head_mismatch", "hidden_dropout_prob", "hidden_loss",
    "intermediate_size", "logging_steps", "loss_weights", "losses", "lr_scheduler_type",
    "masked_language_weight", "masked_min", "max_grad_norm", "max_tokens", "mlm_context",
    "num_attention_heads", "optim", "pad_to_max_length", "pair_share", "prediction_loss",
    "projection", "protected_words", "random_next_prob", "relation_heads", "relation_layer",
    "save_minutes", "save_steps", "short_seq_prob", "similarity_temperature", "soft_ce_mean",
    "split_special_tokens", "stop_words", "t2", "teacher_average", "teacher_column",
    "teacher_dropout", "teacher_names", "whole_word_mask", "word_choice", "word_vector_limit",
    // Of every stage.
    "allow_numeric_change", "experiment", "no_run_cache", "progress_interval", "register_model",
    "tracking",
  ]
}
