import Artifacts
import Files
internal import Pipelines
import Tasks
import Text
internal import Transformer

/// What a pipeline is to be made of.
public struct DraftRequest: Sendable {
  /// The teacher, or the encoder that becomes one.
  public var teacher: String
  /// What the file calls it, where that is no path here.
  public var teacherAddress: String?
  /// Training rows.
  public var train: String
  /// Development rows.
  public var dev: String?
  /// Test rows.
  public var test: String?
  /// Raw text; empty for the rows' own.
  public var texts: [String] = []
  /// What is known of the rows.
  public var rows = RowsHints()
  /// The GLUE task whose files they are.
  public var glue: String?
  /// The student's preset; nil for one that fits the teacher.
  public var student: String?
  /// Whether the teacher is fine-tuned; nil for where it has to be.
  public var finetunes: Bool?
  /// Names of the teacher's outputs in order; empty for its own.
  public var teacherLabels: [String] = []
  /// Whether a teacher is taken that is no better than a guess.
  public var allowsWeakTeacher = false

  /// A request.
  public init(teacher: String, train: String) {
    self.teacher = teacher
    self.train = train
  }

  /// Whether there are development rows.
  var hasDev: Bool { dev != nil || glue != nil && isFolder(train) }
}

/// A pipeline as it can be made of a teacher and files, by looking at them.
public struct Draft: Sendable {
  let request: DraftRequest
  let task: any RowTask
  let hasPairs: Bool
  let recipe: DraftRecipe
  /// Training rows; nil where they are many.
  let rowCount: Int?
  let student: DraftStudent
  /// Whether the teacher is there already; else it is fine-tuned.
  public let teacherIsReady: Bool
  /// The options of `dataset` and `corpus` about how files are read.
  let rowOptions: [DraftOption]
  let textOptions: [DraftOption]
  /// Whether the rows say what is right for them.
  let isLabelled: Bool
  /// Whether some training rows have a label and others none.
  let lacksLabels: Bool
  /// Whether development rows say what is right for them, so that the best weights can be kept.
  let keepsBest: Bool
  /// Whether the teacher finds masked words as it is.
  let teacherIsMasked: Bool
  /// Whether the teacher has a pooling of its own.
  let teacherPools: Bool
  /// What was found out, a line each.
  public let remarks: [String]

  /// What the rows are for.
  public var taskName: String { task.name }
  /// Whether there are rows to score models on.
  public var hasScores: Bool { hasDev || request.test != nil }
  /// Whether there are rows to score on while training; the folder of a benchmark's task has some.
  var hasDev: Bool { request.hasDev }
  /// The student's sizes, in words.
  public var studentWords: String { student.words }
  /// A preset that would take less time than the student; nil where there is none.
  public var smallerStudent: String? { student.smaller }

  /// Looks at the files and the teacher.
  ///
  /// - Throws: What is wrong with them; `StageError` where it has to be said what is meant.
  public init(_ request: DraftRequest) throws {
    self.request = request
    try DraftChecks.presence(request)
    if request.glue == nil {
      for (option, path) in [
        ("train", request.train), ("dev", request.dev), ("test", request.test),
      ] {
        if let path { try DraftChecks.rows(path, option: option) }
      }
    }
    try DraftChecks.headers(request)
    let facts = try ModelSource(request.teacher).facts
    let guess = try Self.rows(request, facts)
    var remarks = guess.remarks
    let task = try Self.task(guess, facts, request)
    try DraftChecks.labels(guess, request)
    let named = request.teacherLabels.isEmpty ? facts.labels : request.teacherLabels
    let tags = try DraftTags.labels(
      request, guess.hints, for: task,
      taughtBy: request.finetunes == true || !task.isDone(by: facts.head) ? nil : named)
    try DraftChecks.texts(request.texts, request.rows)
    remarks.append(
      request.rows.task == nil && request.glue == nil
        ? "the rows are taken to be for \(task.name); --task names another"
        : "the rows are for \(task.name)")
    var labels = guess.labels ?? tags?.names
    var rowOptions = guess.options
    rowOptions += try DraftChecks.tableOptions(request, for: task)
    rowOptions += request.rows.missingLabelOptions
    if let tags, tags.mustBeTold {
      rowOptions.append(DraftOption("labels", .list(tags.names.map { .text($0) })))
      remarks.append("the labels are all \(tags.names.count) that the teacher knows")
    }
    // Without labels the rows do not say what there is to choose from.
    if !guess.isLabelled, task.namesOutputs, !task.answersAreVectors,
      !rowOptions.contains(where: { $0.name == "labels" }), request.glue == nil
    {
      labels =
        request.rows.labels.isEmpty
        ? task.labels(taughtBy: named ?? []) : request.rows.labels
      rowOptions.append(DraftOption("labels", .list((labels ?? []).map { .text($0) })))
    }
    let teacher = try DraftTeacher(
      facts, for: task, labels: labels, areAll: guess.areAllLabels, request)
    guard teacher.isReady || guess.isLabelled else {
      throw DraftRehearsal.nothingToLearn(task)
    }
    guard teacher.isReady || !request.rows.allowsMissingLabels else {
      throw StageError.usage(
        "allow_missing_labels",
        "the teacher has to be fine-tuned, which takes rows with labels alone",
        cure:
          "give --skip-unlabelled-rows in its place, or a teacher that was fine-tuned for \(task.name)"
      )
    }
    remarks += teacher.remarks
    student = try DraftStudent(named: request.student, teacher: facts.configuration)
    remarks.append("student: \(student.words)")
    let longest = min(facts.configuration.longestSequence, facts.tokenLimit ?? .max)
    let usual = task.answersAreInText ? 384 : 128
    if longest < usual { rowOptions.append(DraftOption("max_seq_length", .integer(longest))) }
    let rehearsal = try DraftRehearsal.of(
      request, Self.taskOption(task, request) + rowOptions, finetunes: !teacher.isReady)
    remarks += rehearsal?.notes ?? []
    var textOptions = try Self.text(guess, request, &remarks)
    if longest < 128 { textOptions.append(DraftOption("max_seq_length", .integer(longest))) }
    if !request.hasDev, request.test == nil {
      remarks.append(
        "without --dev and --test nothing is scored: how good the student is will not be known")
    }
    self.task = task
    hasPairs = guess.hasPairs
    recipe = DraftRecipe(task, hasPairs: guess.hasPairs, tags: tags?.names ?? [])
    rowCount =
      if let rehearsal { DraftRowCount.few(rehearsal.trainingRows) } else {
        try DraftRowCount.of(request)
      }
    teacherIsReady = teacher.isReady
    self.rowOptions = rowOptions
    self.textOptions = textOptions
    isLabelled = guess.isLabelled
    lacksLabels = rehearsal?.lacksLabels ?? request.rows.allowsMissingLabels
    if lacksLabels, request.hasDev || request.test != nil {
      remarks.append("no baseline is made: rows without label would teach it nothing")
    }
    keepsBest =
      request.hasDev && DraftChecks.isLabelled(request.dev, request, like: guess, for: task)
    teacherIsMasked = facts.head == .maskedLanguage
    teacherPools = facts.head.isEmbedding
    self.remarks = remarks
  }

  private static func rows(_ request: DraftRequest, _ teacher: ModelFacts) throws -> RowsGuess {
    guard let name = request.glue else {
      let guess = try RowsGuess(request.train, request.rows)
      guard let count = guess.wholeNumbers else { return guess }
      var hints = request.rows
      hints.task = try task(ofWholeNumbers: count, guess, teacher, request)
      return try RowsGuess(request.train, hints)
    }
    guard let glue = GlueTask(rawValue: name) else {
      throw StageError.usage(
        "glue", "there is no task '\(printable(String(name.prefix(60))))'",
        cure: "name one of \(GlueTask.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    return RowsGuess(glue)
  }

  /// The task as `dataset` is told it, which knows that of a benchmark's files.
  static func taskOption(_ task: any RowTask, _ request: DraftRequest) -> [DraftOption] {
    request.glue == nil ? [DraftOption("task", .text(task.name))] : []
  }

  /// What the rows are for: what was said, what they show, or what the teacher does.
  private static func task(
    _ guess: RowsGuess, _ teacher: ModelFacts, _ request: DraftRequest
  ) throws -> any RowTask {
    if request.rows.task == nil, teacher.head.isEmbedding,
      guess.task == nil || guess.task?.answersAreNumbers == true && guess.hasPairs
    {
      return SentenceEmbeddingTask()
    }
    if let task = guess.task { return task }
    if let task = teacher.task, !task.readsRawText { return task }
    throw StageError.usage(
      "task", "the rows of \(request.train) have no labels, and the teacher no head, to tell it by",
      cure: "name it with --task, or give labelled rows")
  }

  /// How raw text is read: that which is given, or the rows' own.
  private static func text(
    _ guess: RowsGuess, _ request: DraftRequest, _ remarks: inout [String]
  ) throws -> [DraftOption] {
    guard let first = request.texts.first else {
      guard let own = guess.textOptions, !isFolder(request.train) else {
        throw StageError.usage(
          "text", "missing: the student learns the teacher's layers from raw text",
          cure: "give --text FILE, one sentence a line")
      }
      remarks.append(
        "no raw text is given: the layers are learnt from the training rows' own text, which is "
          + "little; a student gets better with --text FILE")
      return own + (DraftChecks.isTable(request.train) ? request.rows.tableOptions : [])
    }
    let tableOptions =
      request.texts.contains(where: DraftChecks.isTable) ? request.rows.tableOptions : []
    let format = try? RowFormat(ofFile: first)
    guard let format, [.tsv, .csv, .jsonl].contains(format) else {
      let isJSON = try RowFormat.ending(of: first) == "json"
      var options = format == nil && !isJSON ? [DraftOption("format", .text("txt"))] : []
      if format == .conll, try RowGlimpse(first).numbersWords {
        options.append(DraftOption("text_column", .text("2")))
      }
      if request.texts.allSatisfy({
        (try? RowGlimpse($0, format: .txt, limit: 200))?.isWikiText ?? false
      }) {
        options.append(DraftOption("layout", .text(CorpusText.Layout.wikitext.rawValue)))
        remarks.append(
          "the raw text is WikiText: headings are left out, marks such as @-@ joined")
      }
      return options + tableOptions
    }
    var hints = RowsHints()
    guard format != .jsonl else {
      return try RowColumns(hints.glimpse(first), hints).textOptions + tableOptions
    }
    (hints.quoting, hints.skipsMalformedRows) = (
      request.rows.quoting, request.rows.skipsMalformedRows
    )
    return try RowColumns(hints.glimpse(first), hints).textOptions + tableOptions
  }
}

extension RowsGuess {
  /// The rows of a benchmark's task, which are known.
  init(_ glue: GlueTask) {
    task = glue.labels == nil ? RegressionTask() : ClassificationTask()
    options = [DraftOption("glue", .text(glue.rawValue))]
    labels = glue.labels
    hasPairs = glue.layout.pair != nil
    remarks = ["the files are those of \(glue.rawValue), a task of GLUE"]
  }
}
