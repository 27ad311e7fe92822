import Artifacts
import Files
internal import Pipelines
import Tasks
import Transformer

/// What a teacher brings to a task.
struct DraftTeacher {
  let facts: ModelFacts
  /// Whether it does the task already: then nothing is fine-tuned.
  let isReady: Bool
  /// What was found out, a line each.
  let remarks: [String]

  /// Looks at a teacher.
  ///
  /// - Parameters:
  ///   - facts: What its files say.
  ///   - task: What it is to teach.
  ///   - labels: The names of the rows' classes; nil where they are not known.
  ///   - areAll: Whether there are no others.
  ///   - request: What was asked for.
  /// - Throws: `StageError` where its outputs cannot be told apart.
  init(
    _ facts: ModelFacts, for task: any RowTask, labels: [String]?, areAll: Bool,
    _ request: DraftRequest
  ) throws {
    self.facts = facts
    let sizes = facts.configuration
    let what = "\(facts.place): \(sizes.layerCount) layers x \(sizes.hiddenSize), "
    if task.answersAreVectors {
      isReady = true
      remarks = [
        what
          + (facts.head.isEmbedding
            ? "a sentence encoder" : "an encoder; a vector is the mean of its states")
      ]
      return
    }
    let does = (try? facts.rowTask(task, cure: "")) != nil
    let head = facts.foreignHead ?? facts.head.spoken
    let anew = what + "head: \(printable(head)); it is fine-tuned on the rows first"
    if request.finetunes == true || !does {
      if !does, request.finetunes == false {
        throw StageError.usage(
          "no_finetune", "\(facts.place) has no \(task.headName)",
          cure: "leave it out, or give a teacher that was fine-tuned for \(task.name)")
      }
      (isReady, remarks) = (false, [anew])
      return
    }
    let ready = what + "already a teacher of \(task.name): it is not fine-tuned"
    guard let labels, let own = facts.labels, task.namesOutputs else {
      (isReady, remarks) = (true, [ready])
      return
    }
    let named = request.teacherLabels.isEmpty ? own : request.teacherLabels
    let order = try? facts.order(
      of: areAll ? labels : named, named: request.teacherLabels, task, option: "--teacher-labels"
    ).order
    let isKnown = order.map { $0.isTranslation || Set(labels).isSubset(of: named) } ?? false
    // As many outputs under other names are most probably the same classes.
    let mayBeSame = own.count == labels.count || own.count > labels.count && !areAll
    if !isKnown, mayBeSame || request.finetunes == false || !request.teacherLabels.isEmpty {
      let listed = { (names: [String]) in
        names.prefix(10).map { printable(String($0.prefix(40))) }.joined(separator: ", ")
      }
      throw StageError.usage(
        "teacher_labels",
        "the outputs of \(facts.place) are \(listed(named)), "
          + "the labels of the rows \(listed(labels))",
        cure: "name each output in its order with the rows' labels"
          + (task.readsWords ? ", or their tags in the model's notation" : "")
          + ", or give --finetune to train it on them")
    }
    isReady = isKnown
    remarks = [
      isKnown
        ? ready
        : what + "it knows other labels (\(own.count)); it is fine-tuned on the rows' first"
    ]
  }
}

/// The student that suits a teacher.
struct DraftStudent {
  /// Options of the stage `general` for it.
  let options: [DraftOption]
  /// What it is, in words.
  let words: String
  let layerCount: Int
  let hiddenSize: Int

  /// - Parameters:
  ///   - named: The preset that was asked for; nil for one that fits.
  ///   - teacher: The teacher's sizes.
  /// - Throws: `StageError` where there is no such preset.
  init(named: String?, teacher: ModelConfiguration) throws {
    let presets = ModelConfiguration.presets.map(\.key)
    if let named, !presets.contains(named) {
      throw StageError.usage(
        "student", "there is no student '\(printable(String(named.prefix(60))))'",
        cure: "name one of \(presets.joined(separator: ", "))")
    }
    let fitting =
      teacher.layerCount >= 8
      ? "tinybert-4l-312" : teacher.layerCount >= 4 ? "tinybert-3l-312" : nil
    let isNarrow = teacher.hiddenSize < 312
    if let name = named ?? (isNarrow ? nil : fitting), let preset = ModelConfiguration.preset(name)
    {
      options = [DraftOption("student", .text(name))]
      words = "\(name), \(preset.layerCount) layers x \(preset.hiddenSize)"
      (layerCount, hiddenSize) = (preset.layerCount, preset.hiddenSize)
      return
    }
    (layerCount, hiddenSize) = (max(1, teacher.layerCount / 2), teacher.hiddenSize)
    options = [
      DraftOption("num_hidden_layers", .integer(layerCount)),
      DraftOption("hidden_size", .integer(hiddenSize)),
      DraftOption("num_attention_heads", .integer(teacher.headCount)),
      DraftOption("intermediate_size", .integer(teacher.intermediateSize)),
    ]
    words = "\(layerCount) layers x \(hiddenSize), half of the teacher's"
  }

  /// A preset that computes less; nil where there is none.
  var smaller: String? {
    let presets = ModelConfiguration.presets.map {
      (name: $0.key, size: $0.value.layerCount * $0.value.hiddenSize * $0.value.hiddenSize)
    }
    let least = presets.min { $0.size < $1.size }
    return least.flatMap { $0.size < layerCount * hiddenSize * hiddenSize ? $0.name : nil }
  }
}
