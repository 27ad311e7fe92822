import Tasks

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
  /// Rewrites a row, where rows are rewritten.
  var rewrites: Int { [0, 0, 1, 2, 5][place] }

  private var place: Int { Self.allCases.firstIndex(of: self) ?? 2 }
}

/// Passes and rates by which a task is learnt: those of the recipes in `pipelines/`.
struct DraftRecipe {
  /// Passes of fine-tuning the teacher.
  var teacherEpochs = 2.0
  /// Passes and rate of the intermediate phase; no passes where there is none.
  var intermediateEpochs = 1.0
  var intermediateRate = 1e-4
  /// Passes and rate of the prediction phase.
  var predictionEpochs = 2.0
  var predictionRate = 5e-5
  /// Passes of the baseline.
  var baselineEpochs = 3.0
  /// Rows a step, where that is not what the stages take by themselves.
  var batch: Int?
  /// The rate of general distillation, where that is not what the stage takes by itself.
  var generalRate: Double?
  /// Whether rows are rewritten.
  var rewrites = false

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

  /// The recipe of a task.
  init(_ task: any RowTask, hasPairs: Bool) {
    if task.answersAreVectors {
      // Its axes are not yet the teacher's: some thousand steps at a high rate.
      (intermediateEpochs, predictionEpochs, predictionRate) = (0, 10, 1e-3)
      (batch, generalRate) = (32, 1e-3)
    } else if task.answersAreInText {
      (teacherEpochs, intermediateEpochs, predictionEpochs, baselineEpochs) = (3, 5, 5, 5)
      (predictionRate, batch) = (1e-4, 12)
    } else if task.readsWords {
      (teacherEpochs, intermediateEpochs, predictionEpochs, baselineEpochs) = (10, 10, 10, 10)
      (intermediateRate, predictionRate) = (5e-4, 1e-4)
    } else if hasPairs || task.answersAreNumbers {
      // A general student that saw single sentences must learn here what a second one is.
      (teacherEpochs, intermediateEpochs, predictionEpochs, baselineEpochs) = (4, 10, 4, 4)
      (intermediateRate, predictionRate) = (5e-4, 1e-4)
    } else {
      rewrites = true
    }
  }
}
