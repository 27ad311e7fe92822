import Pipelines
internal import Tasks

extension Draft {
  /// The pipeline file.
  ///
  /// - Parameters:
  ///   - name: The pipeline's name.
  ///   - effort: How much work it takes upon itself.
  ///   - heading: Comments at its beginning, a line each.
  ///   - workspace: Where it works, beneath the file's folder; nil for the usual place.
  ///   - path: A source's path as the file is to have it.
  /// - Returns: Its text.
  public func text(
    name: String, effort: DraftEffort, heading: [String], workspace: String? = nil,
    path: (String) -> String
  ) -> String {
    var file = DraftFile(
      optionsWhereKnown: request.allowsWeakTeacher
        ? [DraftOption("allow_weak_teacher", .boolean(true))] : [])
    for line in heading { file.comment(line) }
    file.comment("Effort \(effort.rawValue): \(effort.meaning).")
    file.line("pipeline: \(YAMLText.word(name))")
    file.line("seed: 42  # of every draw")
    if let workspace { file.line("workspace: \(YAMLText.word(workspace))") }
    sources(&file, path)
    file.gap()
    file.line("stages:")
    data(&file, effort)
    teachers(&file, effort)
    students(&file, effort)
    results(&file, effort)
    return file.text
  }

  private var teacherSource: String { teacherIsReady ? "teacher" : "encoder" }

  private func sources(_ file: inout DraftFile, _ path: (String) -> String) {
    file.gap()
    file.line("sources:")
    func place(_ text: String) -> String { YAMLText.word(path(text)) }
    let role = teacherIsReady ? "a teacher of \(task.name)" : "the teacher before fine-tuning"
    file.line("  \(teacherSource): \(place(request.teacherAddress ?? request.teacher))  # \(role)")
    if request.texts.count == 1, let text = request.texts.first {
      file.line("  sentences: \(place(text))  # raw text: to learn the layers from")
    } else if !request.texts.isEmpty {
      let places = request.texts.map { place($0) }
      file.line("  sentences: [\(places.joined(separator: ", "))]  # raw text")
    }
    file.line("  train_rows: \(place(request.train))")
    if let dev = request.dev { file.line("  dev_rows: \(place(dev))") }
    if let test = request.test { file.line("  test_rows: \(place(test))") }
  }

  /// Raw text and rows as ids.
  private func data(_ file: inout DraftFile, _ effort: DraftEffort) {
    let text = request.texts.isEmpty ? "train_rows" : "sentences"
    var inputs = [("text", text), ("tokenizer", teacherSource)]
    // What is scored is no lesson.
    let excludes = asksText(effort) && hasScores
    if excludes { inputs.append(("exclude", "rows")) }
    file.stage(
      "corpus",
      about: "Raw text as ids" + (excludes ? ", without the texts that are scored." : "."),
      inputs: inputs, output: "corpus", textOptions)
    inputs = [("train", "train_rows")]
    if request.dev != nil { inputs.append(("dev", "dev_rows")) }
    if request.test != nil { inputs.append(("test", "test_rows")) }
    file.stage(
      "dataset", about: "The rows as ids.", inputs: inputs + [("tokenizer", teacherSource)],
      output: "rows", Self.taskOption(task, request) + rowOptions)
  }

  private func teachers(_ file: inout DraftFile, _ effort: DraftEffort) {
    if rewritten(effort), !teacherIsMasked {
      file.stage(
        "masked_language_model", about: "Says which words fit where others stand: for augment.",
        kind: "finetune", inputs: [("model", teacherSource), ("corpus", "corpus")],
        output: "masked_language_model",
        [
          DraftOption("objective", .text("masked-language")),
          DraftOption("head_initialization", .text("text")),
          epochs(min(1, effort.generalEpochs)),
          DraftOption("per_device_train_batch_size", .integer(64)),
          DraftOption("learning_rate", .real(2e-4)),
        ])
    }
    guard !teacherIsReady else { return }
    var options = [
      epochs(
        recipe.passes(
          recipe.teacherEpochs * effort.teacherFactor,
          steps: DraftRecipe.steps.few * effort.teacherFactor, of: rowCount))
    ]
    options += pace + chosen
    file.stage(
      "teacher", about: "All that the student learns of the task it learns from this model.",
      kind: "finetune", inputs: [("model", teacherSource), ("dataset", "rows")],
      output: "teacher", options)
  }

  private func rewritten(_ effort: DraftEffort) -> Bool {
    recipe.rewrites(effort, of: rowCount) > 0
  }

  /// Whether sentences of the raw text are rows too.
  private func asksText(_ effort: DraftEffort) -> Bool {
    recipe.asksText && rewritten(effort) && rowCount != nil && !request.texts.isEmpty
  }

  private func students(_ file: inout DraftFile, _ effort: DraftEffort) {
    // Of the rows' own few texts a part of a pass is no lesson at all.
    let texts = request.texts.isEmpty ? rowCount.map { hasPairs ? 2 * $0 : $0 } : nil
    var general =
      student.options + [
        epochs(
          recipe.passes(
            effort.generalEpochs, steps: DraftRecipe.steps.few * effort.taskFactor, of: texts))
      ]
    if let rate = DraftRecipe.generalRate(width: student.hiddenSize) {
      general.append(DraftOption("learning_rate", .real(rate)))
    }
    if texts != nil { general.append(often) }
    file.stage(
      "general", about: "A small model learns the layers of the large one from raw text.",
      inputs: [("teacher", teacherSource), ("corpus", "corpus")], output: "general_student", general
    )
    let rows = rewritten(effort) ? "augmented_rows" : "rows"
    let rewrittenCount = rowCount.map { $0 * recipe.growth(effort, of: $0) }
    // As many sentences of the text as rows and rewrites, and half the passes over all of them.
    let textFactor = asksText(effort) ? 2 : 1
    let lessonCount = rewrittenCount.map { textFactor * $0 }
    if rewritten(effort) {
      var options = [
        DraftOption("rewrites", .integer(recipe.rewrites(effort, of: rowCount))),
        DraftOption("masked_share", .real(0.15)),
      ]
      if recipe.rewritesEntities { options.append(DraftOption("augment_entities", .boolean(true))) }
      var inputs = [
        ("dataset", "rows"),
        ("masked_language_model", teacherIsMasked ? teacherSource : "masked_language_model"),
        ("embedding_model", teacherSource),
      ]
      if asksText(effort), let rewrittenCount {
        inputs.append(("corpus", "corpus"))
        options.append(DraftOption("corpus_rows", .integer(rewrittenCount)))
      }
      file.stage(
        "augment",
        about: "More rows: words are replaced by others that fit"
          + (asksText(effort) ? ", and sentences of the text join them." : "."),
        inputs: inputs, output: "augmented_rows", options)
    }
    let passFactor =
      effort.taskFactor * recipe.plainPasses(effort, of: rowCount) / Double(textFactor)
    var lessons: [DraftOption] = []
    if teacherIsReady, !request.teacherLabels.isEmpty {
      lessons.append(
        DraftOption("teacher_labels", .list(request.teacherLabels.map { .text($0) })))
    }
    if recipe.intermediateEpochs > 0 {
      file.stage(
        "intermediate", about: "It learns the teacher's layers on the task's rows ...",
        inputs: [("teacher", "teacher"), ("student", "general_student"), ("dataset", rows)],
        output: "intermediate_student",
        [
          epochs(
            recipe.passes(
              recipe.intermediateEpochs * passFactor,
              steps: DraftRecipe.steps.few * effort.taskFactor, of: lessonCount)),
          DraftOption("learning_rate", .real(recipe.intermediateRate)),
        ] + pace + lessons)
    }
    var answers = [
      epochs(
        recipe.passes(
          recipe.predictionEpochs * passFactor,
          steps: DraftRecipe.steps.many * effort.taskFactor, of: lessonCount)),
      DraftOption("learning_rate", .real(recipe.predictionRate)),
    ]
    if task.answersAreVectors {
      answers.append(DraftOption("embedding_loss", .text("cosine")))
      if !teacherPools { answers.append(DraftOption("pooling", .text("mean"))) }
    }
    answers += pace
    answers += chosen
    file.stage(
      "prediction", about: "... and then its answers.",
      inputs: [
        ("teacher", "teacher"),
        ("student", recipe.intermediateEpochs > 0 ? "intermediate_student" : "general_student"),
        ("dataset", rows),
      ], output: "student", answers + lessons)
  }

  /// Scores, and what is carried away.
  private func results(_ file: inout DraftFile, _ effort: DraftEffort) {
    // Vectors have no labels; the general student as it is stands for them.
    let hasBaseline = hasScores && isLabelled && !task.answersAreVectors && !lacksLabels
    if hasBaseline {
      file.stage(
        "baseline", about: "The same small model on the labels alone: did the teacher help?",
        kind: "finetune", inputs: [("model", "general_student"), ("dataset", "rows")],
        output: "baseline",
        [
          epochs(
            recipe.passes(
              recipe.baselineEpochs * effort.taskFactor,
              steps: DraftRecipe.steps.many * effort.taskFactor, of: rowCount))
        ] + pace + chosen)
    }
    if hasScores {
      var options: [DraftOption] = []
      if task.answersAreVectors { options.append(DraftOption("pooling", .text("mean"))) }
      let other = hasBaseline ? "baseline" : task.answersAreVectors ? "general_student" : nil
      if let other { options.append(DraftOption("compare", .list([.text("student:\(other)")]))) }
      if teacherIsReady, !request.teacherLabels.isEmpty {
        options.append(
          DraftOption("model_labels", .list(request.teacherLabels.map { .text($0) })))
      }
      file.stage(
        "evaluate", about: "All of them side by side.",
        inputs: [
          ("teacher", "teacher"),
          ("models", other.map { "[student, \($0)]" } ?? "student"), ("dataset", "rows"),
        ], output: "predictions", options)
    }
    file.stage(
      "export", about: "A folder that transformers loads.", inputs: [("model", "student")],
      output: "student_folder", [])
  }

  /// How a training on the rows takes its steps: how many rows each, and how often it tells of them.
  private var pace: [DraftOption] {
    (recipe.batch.map { [DraftOption("per_device_train_batch_size", .integer($0))] } ?? [])
      + (rowCount == nil ? [] : [often])
  }

  /// Figures often enough for a curve, where there are few steps.
  private var often: DraftOption { DraftOption("logging_steps", .integer(10)) }

  /// The weights of the best score are kept, where there are rows to score on.
  private var chosen: [DraftOption] {
    keepsBest ? [DraftOption("load_best_model_at_end", .boolean(true))] : []
  }

  private func epochs(_ passes: Double) -> DraftOption {
    DraftOption("num_train_epochs", .real((passes * 100).rounded() / 100))
  }
}

/// The lines of a pipeline file.
private struct DraftFile {
  /// Options of every stage whose kind has them.
  let optionsWhereKnown: [DraftOption]
  private var lines: [String] = []

  init(optionsWhereKnown: [DraftOption]) { self.optionsWhereKnown = optionsWhereKnown }

  var text: String { lines.joined(separator: "\n") + "\n" }

  mutating func line(_ text: String) { lines.append(text) }
  mutating func gap() { if lines.last != "" { lines.append("") } }
  mutating func comment(_ text: String) { lines.append(text.isEmpty ? "#" : "# \(text)") }

  /// A stage, with a gap before it unless it is the first.
  mutating func stage(
    _ name: String, about: String, kind: String? = nil, inputs: [(String, String)],
    output: String, _ options: [DraftOption]
  ) {
    if lines.last != "stages:" { gap() }
    lines.append("  # \(about)")
    lines.append("  \(name):")
    if let kind { lines.append("    run: \(kind)") }
    let pairs = inputs.map { "\($0.0): \($0.1)" }
    let inputLine = "    inputs: { \(pairs.joined(separator: ", ")) }"
    if inputLine.count <= 110 {
      lines.append(inputLine)
    } else {
      lines.append("    inputs:")
      lines += pairs.map { "      \($0)" }
    }
    lines.append("    output: \(output)")
    let known = Kinds.registry[kind ?? name]?.fields.map(\.name) ?? []
    let others = optionsWhereKnown.filter { known.contains($0.name) }
    lines += (options + others).map { "    \($0.line)" }
  }
}
