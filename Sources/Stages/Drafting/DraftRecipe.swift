import Tasks
internal import Text

/// How much work a pipeline takes upon itself, the least first.
public enum DraftEffort: String, Sendable, CaseIterable {
  case shortest, short, usual, thorough, longest

  /// What it means, in one line.
  public var meaning: String {
    switch self {
    case .shortest: "a tenth of a pass over the raw text, a fifth of the usual passes over the rows"
    case .short: "a third of a pass over the raw text, half of the usual passes over the rows"
    case .usual: "one pass over the raw text, the usual passes over the rows"
    case .thorough: "3 passes over the raw text, half as many again as usual over the rows"
    case .longest: "10 passes over the raw text, 3 times as many as usual over the rows"
    }
  }

  /// Passes over the raw text.
  var generalEpochs: Double { [0.1, 0.3, 1, 3, 10][place] }
  /// What the recipe's passes over the task's rows are multiplied by.
  var taskFactor: Double { [0.2, 0.5, 1, 1.5, 3][place] }
  /// The same for the teacher, on which all else rests.
  var teacherFactor: Double { [0.34, 0.67, 1, 1, 1][place] }
  /// What the recipe's rewrites a row are multiplied by.
  var rewriteFactor: Int { [0, 0, 1, 2, 5][place] }

  private var place: Int { Self.allCases.firstIndex(of: self) ?? 2 }
}

/// Passes and rates by which a task is learnt: those of the recipes in `pipelines/`.
struct DraftRecipe {
  /// Passes of fine-tuning the teacher.
  var teacherEpochs = 2.0
  /// Passes over rows and rewrites, and rate, of the intermediate phase; no passes where there is none.
  var intermediateEpochs = 1.0
  var intermediateRate = 5e-4
  /// Passes over rows and rewrites, and rate, of the prediction phase.
  var predictionEpochs = 2.0
  var predictionRate = 1e-4
  /// Passes of the baseline, over the rows.
  var baselineEpochs = 3.0
  /// Rows a step, where that is not what the stages take by themselves.
  var batch: Int?
  /// Rewrites a row of the usual effort; 0 where rows are not rewritten.
  var rewrites = 0
  /// Texts of a row that are rewritten, each for itself.
  var rewrittenTexts = 1
  /// Whether words of entities are replaced too.
  var rewritesEntities = false
  /// Whether sentences of the raw text are rows too.
  var asksText = false

  /// Rewrites a row: many rows need fewer.
  func rewrites(_ effort: DraftEffort, of rows: Int?) -> Int {
    (rows == nil ? min(1, rewrites) : rewrites) * effort.rewriteFactor
  }

  /// Rows that are made of one, itself among them.
  func growth(_ effort: DraftEffort, of rows: Int?) -> Int {
    1 + rewrites(effort, of: rows) * rewrittenTexts
  }

  /// Passes in place of one over rows and rewrites: where an effort rewrites none, those over the rows
  /// that are as many steps as the usual effort's.
  func plainPasses(_ effort: DraftEffort, of rows: Int?) -> Double {
    effort.rewriteFactor > 0 ? 1 : Double(growth(.usual, of: rows))
  }

  /// The rate of general distillation; nil for what the stage takes by itself.
  ///
  /// Narrow students bear a higher one and then learn more in a pass; of wide ones it was not tried.
  static func generalRate(width: Int) -> Double? { width <= 384 ? 1e-3 : nil }

  /// Passes over the task's rows: the usual ones, or as many more as so many steps take where rows are few.
  ///
  /// A classifier drawn afresh is a coin after fifty steps, however often it saw its rows.
  ///
  /// - Parameters:
  ///   - usual: Passes over rows enough.
  ///   - steps: How many steps there ought to be.
  ///   - rows: How many rows there are; nil where they are many.
  /// - Returns: How many passes, at most 40 where it is for the steps.
  func passes(_ usual: Double, steps: Double, of rows: Int?) -> Double {
    guard let rows, rows > 0 else { return usual }
    let least = steps * Double(batch ?? 32) / Double(rows)
    return max(usual, min(least.rounded(.up), Self.mostPasses))
  }

  /// Steps of the teacher and of the intermediate phase, and of what learns the task from little.
  static let steps = (few: 300.0, many: 600.0)
  private static let mostPasses = 40.0

  /// The recipe of a task; `tags` are those of words, where they are known.
  init(_ task: any RowTask, hasPairs: Bool, tags: [String] = []) {
    if task.answersAreVectors {
      // Its axes are not yet the teacher's: some thousand steps at a high rate.
      (intermediateEpochs, predictionEpochs, predictionRate) = (0, 10, 1e-3)
    } else if task.answersAreInText {
      (teacherEpochs, intermediateEpochs, predictionEpochs, baselineEpochs) = (3, 5, 5, 5)
      (intermediateRate, batch) = (1e-4, 12)
    } else if task.readsWords {
      // What the teacher makes of other words, names and sentences is more than the few entities of the rows
      // say; it is asked what they are.
      (teacherEpochs, intermediateEpochs, predictionEpochs, baselineEpochs) = (10, 2, 2, 10)
      (intermediateRate, rewrites, rewritesEntities, asksText) = (1e-3, 8, true, true)
      // Another word would be of another class.
      if EntityTag.areClasses(tags) {
        (intermediateEpochs, predictionEpochs, intermediateRate, rewrites) = (10, 10, 5e-4, 0)
      }
    } else if hasPairs || task.answersAreNumbers {
      // Few rows say little of how alike any two texts are; the teacher says it of rewritten ones too.
      (teacherEpochs, baselineEpochs, rewrites) = (4, 4, 4)
      rewrittenTexts = hasPairs ? 2 : 1
      (intermediateEpochs, predictionEpochs) = hasPairs ? (1, 1) : (2, 2)
    } else {
      (intermediateRate, rewrites) = (1e-3, 1)
    }
  }
}
