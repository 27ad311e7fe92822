public import Compute
public import Distillation
public import Files
public import Text
public import Training
public import Transformer

/// Something that models are trained to do; `TaskTable` lists all there are.
public protocol Task: Sendable {
  /// Its name in options and artifacts; never changed.
  var name: String { get }

  /// What its head is called in messages, without article.
  var headName: String { get }

  /// Whether a model under this head can do it.
  func isDone(by head: Head) -> Bool
}

/// A task that is learnt from rows of text that say, each, what is to be answered.
///
/// A model of it has a column of logits for each name in the dataset's list of labels; a task whose
/// answers are numbers, not classes, names its columns by itself.
public protocol RowTask: Task {
  /// How a model comes by the head, for messages about one without.
  var headCure: String { get }

  // MARK: Reading rows

  /// Whether the columns of the logits have names: the dataset's labels. Where they have none, the
  /// dataset names no label.
  var namesOutputs: Bool { get }

  /// Whether the two texts of a row are sequences of their own; then some splits may have pairs and
  /// others single texts.
  var readsPairsApart: Bool { get }

  /// The names of the outputs.
  ///
  /// - Parameters:
  ///   - named: those that the user gave, in order; empty where he gave none.
  ///   - rows: the training rows.
  ///   - path: their file.
  /// - Returns: one name a column of the logits.
  /// - Throws: `TextError` naming a row whose answer is missing, or what is wrong with the names.
  func labels(named: [String], of rows: [LabelledRow], path: String) throws -> [String]

  /// The target of every row, `none` for a row without answer.
  ///
  /// - Parameters:
  ///   - rows: the rows of a file.
  ///   - labels: names of the outputs.
  ///   - path: the file.
  ///   - allowsMissing: whether some rows may have an answer and others none; all may always.
  /// - Returns: one target a row.
  /// - Throws: `TextError` with the first lines whose answer is missing or not understood.
  func targets(
    of rows: [LabelledRow], labels: [String], path: String, allowsMissing: Bool
  ) throws -> [Target]

  /// Whether rows are words, each with an answer, rather than texts.
  var readsWords: Bool { get }

  /// Whether rows are sentences of raw text, read as a corpus is.
  var readsRawText: Bool { get }

  /// Kinds of a teacher's answer that rows may carry, what counts first in front; none by default.
  var answerKinds: [TeacherAnswer.Kind] { get }

  /// What a teacher's logits must have been for it to answer so.
  ///
  /// - Parameters:
  ///   - values: the answer's numbers, one for each label and in their order.
  ///   - kind: one of `answerKinds`.
  ///   - place: file and line, for errors.
  /// - Returns: as many numbers.
  /// - Throws: `TextError` where they cannot be such an answer.
  func logits(of values: [Double], kind: TeacherAnswer.Kind, at place: String) throws -> [Float]

  /// Whether these are targets of the task; a data set may have none.
  func takes(_ targets: Targets) -> Bool

  /// The sequences that a row becomes, with the target of each: one, cut to the longest that there may
  /// be, or several windows of a long text.
  func examples(
    of row: LabelledRow, target: Target, tokenizer: Tokenizer, lengths: SequenceLengths
  ) -> [RowExample]

  /// The same of a row whose second text's tokens are known already, where answers are stretches of it.
  func examples(
    of row: LabelledRow, target: Target, in context: TracedText, tokenizer: Tokenizer,
    lengths: SequenceLengths
  ) -> [RowExample]

  /// Whether answers are stretches of a row's second text: then rows are read from files of questions
  /// (`SquadReader`), long texts are cut into windows, and scoring needs an `AnswerSheet`.
  var answersAreInText: Bool { get }

  /// Whether a row is of one class, whose name is its label.
  var rowsHaveClasses: Bool { get }

  /// Whether a row may have several labels.
  var takesSeveralLabels: Bool { get }

  /// A mean of its metrics by which a training may choose the best model.
  var meanMetric: MeanMetric? { get }

  /// Whether what is right for a row is a number.
  var answersAreNumbers: Bool { get }

  // MARK: Training

  /// Whether a model's outputs are vectors of the examples, which can be compared with one another.
  var answersAreVectors: Bool { get }

  /// What to do about a teacher that does no better than a guess, for a message.
  var weakTeacherCure: String { get }

  /// What Hugging Face calls the task (`problem_type` in `config.json`), where it has a name for it.
  var problemType: String? { get }

  /// The same task where it is known what its outputs are called, which may say how answers are scored.
  func knowing(labels: [String]) -> any RowTask

  /// Whether a model can be fine-tuned on the rows' own answers, or learn them beside a teacher's.
  var learnsFromAnswers: Bool { get }

  /// The head of a new model for these labels.
  func head(labels: [String], style: ClassifierStyle) -> Head

  /// The head of a student of a teacher under that head.
  func head(labels: [String], style: ClassifierStyle, ofTeacher teacher: Head) -> Head

  /// The loss of fine-tuning, and of the known answers in the prediction phase.
  var targetLoss: any TargetLoss { get }

  /// What is done to an example before each visit of training; nil for nothing.
  ///
  /// - Throws: `TaskError` where the tokenizer allows none.
  func preparation(_ tokenizer: Tokenizer) throws -> TargetObjective.Preparation?

  /// The loss of the prediction phase, between a student's and a teacher's logits.
  ///
  /// - Throws: `DistillationError` where the temperature is out of range.
  func answerLoss(temperature: Double, scalesByTemperature: Bool) throws -> any AnswerLoss

  /// The same by the name of a loss, where the task has several.
  ///
  /// - Throws: `TaskError` where it has not, and as above.
  func answerLoss(
    named name: String, temperature: Double, scalesByTemperature: Bool
  ) throws -> any AnswerLoss

  /// A teacher's outputs as this student is to learn them, and what a reader should know of the change.
  func taught(
    _ outputs: Outputs, to student: BertModel, on context: ComputeContext
  ) throws -> (outputs: Outputs, note: String?)

  /// Refuses a student that cannot learn that teacher's outputs.
  ///
  /// - Throws: `DistillationError`.
  func check(student: ModelConfiguration, teacher: ModelConfiguration) throws

  // MARK: Scoring

  /// What is kept of logits for scores; those of which not all are kept a teacher gives anew in every
  /// step, and no text is answered with them.
  var outputForm: OutputForm { get }

  /// Its metrics that are measured on `labels` outputs, in the order to show them. Any of them may
  /// choose the best model; the first does so unless another is named, and a teacher is judged by it.
  func metrics(labels: Int) -> [Metric]

  /// The values of `metrics`, in that order.
  func scores(of outputs: Outputs, on rows: TaskRows) -> [Double]

  /// What else is shown of outputs, by name, such as the scores of single kinds of answers.
  func details(of outputs: Outputs, on rows: TaskRows) -> [(String, Double)]

  /// What can be had without a model: a teacher that scores no better teaches nothing.
  ///
  /// - Returns: the first metric of it, and what it is, for a message.
  func baseline(on rows: TaskRows, labels: [String]) -> (score: Double, name: String)

  /// The same task, answering from another probability on.
  ///
  /// - Throws: `TaskError` where it has no threshold.
  func answering(from threshold: Double) throws -> any RowTask

  /// By what two models are compared: a share, unless answers are not just the same or not.
  var agreementMetric: Metric { get }

  /// How far two models give the same answers: 1 where they always do.
  func agreement(of outputs: Outputs, with others: Outputs, on rows: TaskRows) -> Double

  /// What else says how near a model comes to its teacher, in the order to show it.
  func closeness(of outputs: Outputs, to teacher: Outputs, on rows: TaskRows) -> [(
    name: String, value: Double
  )]

  /// The first metric as a function of the rows that it is taken on, for its interval by resampling.
  ///
  /// - Returns: the score of rows with these numbers, any of them several times; nil where it is not
  ///   known what is right.
  func chiefScore(of outputs: Outputs, on rows: TaskRows) -> ((_ rows: [Int]) -> Double)?

  /// The metrics that are known as such functions, by name; the first metric is one of them.
  func resampledMetrics(labels: Int) -> [String]

  /// One of them as such a function.
  ///
  /// - Returns: as `chiefScore(of:on:)`.
  func score(
    named metric: String, of outputs: Outputs, on rows: TaskRows
  ) -> ((_ rows: [Int]) -> Double)?

  /// How often a row of one label is given another: rows are what is right, columns what was answered.
  /// `nil` where answers are not one of several labels.
  func confusion(of outputs: Outputs, on rows: TaskRows, labels: Int) -> [[Int]]?

  /// Refuses names that are not one for each of a model's outputs.
  ///
  /// - Throws: `TaskError` with both numbers.
  func requireNames(_ names: [String], ofOutputs outputs: Int, path: String, cure: String) throws

  /// How a model's outputs come into the order of the dataset's labels.
  ///
  /// - Parameters:
  ///   - model: names of its outputs.
  ///   - labels: the dataset's.
  ///   - path: the model.
  ///   - option: what names the outputs in order, for the message.
  /// - Returns: the order.
  /// - Throws: `TaskError` where they cannot.
  func order(of model: [String], in labels: [String], path: String, option: String) throws
    -> LabelOrder

  /// The labels of the data sets that a model of these outputs can teach, for which `order` is known; its own names
  /// by default.
  func labels(taughtBy model: [String]) -> [String]

  /// What a user reads of the outputs for each row.
  func answers(_ outputs: Outputs, to rows: TaskRows, labels: [String]) -> [Answer]
}

/// A sequence that a row became, and what it is to be answered with.
public struct RowExample: Sendable {
  /// Ids, segments, and how many tokens were cut off.
  public let encoding: Encoding
  /// What it is to be answered with.
  public let target: Target
  /// The token of the row's second text with which it begins, where that is cut into windows.
  public let firstToken: Int

  /// Puts them together.
  public init(_ encoding: Encoding, target: Target, firstToken: Int = 0) {
    self.encoding = encoding
    self.target = target
    self.firstToken = firstToken
  }
}

/// What a user reads of a model's outputs.
public struct Answer: Sendable {
  /// In a line of its own.
  public let text: String
  /// How probable each output is, in their order; none where answers are not one of several.
  public let probabilities: [Double]
  /// In full, as a JSON object.
  public let object: JSONObject
  /// In lines of fields, where one line does not hold it.
  public var lines: [[String]]?
  /// How many words have no answer of the model: none of their pieces is within its limit.
  public var unanswered = 0
}
