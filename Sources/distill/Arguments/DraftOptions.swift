import ArgumentParser
import Pipelines
import Stages
import Text
import Tracking

/// What a pipeline is to be made of, as the options of `init` and `compress` say.
struct DraftOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The large model: a Hugging Face folder, an artifact or mlflow:..., fine-tuned or not.",
      valueName: "model"),
    completion: .directory)
  var teacher: String?

  @Option(
    help: ArgumentHelp(
      "Training rows: tsv, csv, jsonl, a list in json, conll, SQuAD's json; txt for texts without labels.",
      valueName: "file"),
    completion: .file())
  var train: String?

  @Option(
    help: ArgumentHelp("Rows that choose and score while training.", valueName: "file"),
    completion: .file())
  var dev: String?

  @Option(
    help: ArgumentHelp("Rows that nothing is chosen by.", valueName: "file"),
    completion: .file())
  var test: String?

  @Option(
    help: ArgumentHelp(
      "Raw text, one sentence a line, the more the better; may be repeated.", valueName: "file"),
    completion: .file())
  var text: [String] = []

  @Option(
    help: ArgumentHelp(
      "What the rows are for, in place of what they show: "
        + DraftChoices.tasks.joined(separator: ", ") + ".", valueName: "task"),
    completion: .list(DraftChoices.tasks))
  var task: String?

  @Option(
    help: ArgumentHelp(
      "The rows are files of this GLUE task: " + DraftChoices.glueTasks.joined(separator: ", ")
        + ".",
      valueName: "task"),
    completion: .list(DraftChoices.glueTasks))
  var glue: String?

  @Option(
    help: ArgumentHelp(
      "Sizes of the student, those that suit the teacher by default: "
        + DraftChoices.students.joined(separator: ", ") + ".", valueName: "preset"),
    completion: .list(DraftChoices.students))
  var student: String?

  @Option(
    help: ArgumentHelp(
      "How long it may take, such as 30m or 4h: the most thorough that this machine does in that time.",
      valueName: "time"))
  var budget: String?

  @Option(
    help: ArgumentHelp("Column of the text, where its name does not say it.", valueName: "name"))
  var textColumn: String?

  @Option(
    help: ArgumentHelp("Column of the second text, beside --text-column.", valueName: "name"))
  var pairColumn: String?

  @Option(
    help: ArgumentHelp("Column of the label, where its name does not say it.", valueName: "name"))
  var labelColumn: String?

  @Option(
    help: ArgumentHelp(
      "Columns of 0 and 1, a label each, with commas, where their contents do not say it.",
      valueName: "names"))
  var labelColumns: String?

  @Option(
    help: ArgumentHelp(
      "Names of the columns of files without header, with commas; _ for one that is not read.",
      valueName: "names"))
  var columns: String?

  @Option(
    help: ArgumentHelp(
      "none: quotation marks are text, as in tsv by default; csv: they hold fields together.",
      valueName: "choice"),
    completion: .list(Quoting.allCases.map(\.rawValue)))
  var quoting: Quoting?

  @Flag(
    help: "Leave out, and count, rows with too many or too few columns, questions without answer.")
  var skipMalformedRows = false

  @Flag(help: "Leave out, and count, rows with neither a label nor a teacher's answer.")
  var skipUnlabelledRows = false

  @Flag(help: "Take files in which some rows have a label and others none.")
  var allowMissingLabels = false

  @Option(help: ArgumentHelp("Names of the classes in order, with commas.", valueName: "names"))
  var labels: String?

  @Option(
    help: ArgumentHelp(
      "The rows' label for each of the teacher's outputs in order, with commas.",
      valueName: "names"))
  var teacherLabels: String?

  @Flag(
    inversion: .prefixedNo,
    help: "Fine-tune the teacher on the rows; where it has to be by default.")
  var finetune: Bool?

  func validate() throws {
    if let budget, (WrittenAmount.seconds(budget) ?? 0) <= 0 {
      throw ValidationError(
        "--budget \(budget): a number with s, m, h, d or w after it, such as 30m or 4h")
    }
    for (flag, names) in [
      ("--labels", labels), ("--columns", columns), ("--teacher-labels", teacherLabels),
      ("--label-columns", labelColumns),
    ] {
      let items = try ListOption.items(of: names, at: flag)
      guard !items.contains("") else {
        throw ValidationError("\(flag): a name is empty; give names with commas between them")
      }
    }
    if pairColumn != nil, textColumn == nil {
      throw ValidationError("--pair-column needs --text-column beside it")
    }
  }

  /// How long it may take, in seconds; nil for as long as is usual.
  var seconds: Double? { budget.flatMap(WrittenAmount.seconds) }

  /// What they ask for.
  ///
  /// - Parameter models: Fetches a teacher that is on a server.
  /// - Returns: The request.
  /// - Throws: `PipelineError` naming what is missing.
  func request(_ models: FetchedModels) throws -> DraftRequest {
    var faults: [PipelineFault] = []
    for (flag, value, what) in [
      ("--teacher", teacher, "the model to learn from; give --teacher DIR"),
      ("--train", train, "the rows to learn from; give --train FILE"),
    ] where value?.isEmpty ?? true {
      faults.append(PipelineFault(keyPath: flag, message: "missing: \(what)"))
    }
    for (flag, path) in [
      ("--teacher", teacher), ("--train", train), ("--dev", dev), ("--test", test),
    ]
      + text.map({ ("--text", $0) })
    {
      guard let path,
        path.unicodeScalars.contains(where: { $0.properties.generalCategory == .control })
      else { continue }
      faults.append(
        PipelineFault(
          keyPath: flag,
          message:
            "\(path): a path with a control character cannot stand in a pipeline file; rename it"))
    }
    guard faults.isEmpty, let teacher, let train else {
      throw PipelineError(.usage, faults: faults)
    }
    var request = DraftRequest(teacher: try models.folder(teacher), train: train)
    if ModelAddress.isMeant(teacher) { request.teacherAddress = teacher }
    request.dev = dev
    request.test = test
    request.texts = text
    request.glue = glue
    request.student = student
    request.finetunes = finetune
    request.teacherLabels = try ListOption.items(of: teacherLabels, at: "--teacher-labels")
    request.rows.task = task
    request.rows.textColumn = textColumn
    request.rows.pairColumn = pairColumn
    request.rows.labelColumn = labelColumn
    request.rows.quoting = quoting
    request.rows.skipsMalformedRows = skipMalformedRows
    request.rows.skipsUnlabelledRows = skipUnlabelledRows
    request.rows.allowsMissingLabels = allowMissingLabels
    request.rows.labelColumns = try ListOption.items(of: labelColumns, at: "--label-columns")
    request.rows.columns = try ListOption.items(of: columns, at: "--columns")
    request.rows.labels = try ListOption.items(of: labels, at: "--labels")
    return request
  }

  /// The options that are given, as a shell takes them in whichever folder.
  var spoken: String {
    var words: [String] = []
    func add(_ flag: String, _ value: String?) {
      if let value { words += [flag, CommandLine.spoken(value)] }
    }
    func add(_ flag: String, path: String?) {
      add(flag, path.map { ModelAddress.isMeant($0) ? $0 : DraftedPipeline.absolute($0) })
    }
    add("--teacher", path: teacher)
    add("--train", path: train)
    add("--dev", path: dev)
    add("--test", path: test)
    for file in text { add("--text", path: file) }
    add("--task", task)
    add("--glue", glue)
    add("--student", student)
    add("--budget", budget)
    add("--text-column", textColumn)
    add("--pair-column", pairColumn)
    add("--label-column", labelColumn)
    add("--label-columns", labelColumns)
    add("--columns", columns)
    add("--quoting", quoting?.rawValue)
    if skipMalformedRows { words.append("--skip-malformed-rows") }
    if skipUnlabelledRows { words.append("--skip-unlabelled-rows") }
    if allowMissingLabels { words.append("--allow-missing-labels") }
    add("--labels", labels)
    add("--teacher-labels", teacherLabels)
    if let finetune { words.append(finetune ? "--finetune" : "--no-finetune") }
    return words.joined(separator: " ")
  }
}
