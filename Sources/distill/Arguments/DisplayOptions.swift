import ArgumentParser

/// How a run is shown on standard error.
struct Display {
  /// Seconds between lines of progress where nothing is drawn in place.
  static let usualInterval = 10
  /// The intervals that may be asked for.
  static let intervals = 1...86_400

  /// Refuses an interval that none may ask for.
  static func check(interval: Int) throws {
    guard intervals.contains(interval) else {
      throw ValidationError(
        "--progress-interval must be from \(intervals.lowerBound) to \(intervals.upperBound)")
    }
  }

  /// Seconds between lines of progress.
  var interval = Display.usualInterval
  /// Whether events are told as JSON.
  var logsJSON = false
}

/// The form of what is told on standard error.
enum LogFormat: String, ExpressibleByArgument, CaseIterable { case text, json }

/// The options of commands that run stages about what they show.
struct DisplayOptions: ParsableArguments {
  @Option(help: "Events on standard error: text, or one JSON object a line.")
  var logFormat = LogFormat.text

  @Option(
    help: ArgumentHelp(
      "Seconds between lines of progress where there is no terminal.", valueName: "seconds"))
  var progressInterval = Display.usualInterval

  /// What was asked for.
  var display: Display { Display(interval: progressInterval, logsJSON: logFormat == .json) }

  func validate() throws { try Display.check(interval: progressInterval) }
}
