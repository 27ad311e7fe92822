import ArgumentParser

/// How a run is shown on standard error.
struct Display {
  /// Seconds between lines of progress where nothing is drawn in place.
  static let usualInterval = 10
  /// The intervals that may be asked for.
  static let intervals = 1...86_400

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

  func validate() throws {
    guard Display.intervals.contains(progressInterval) else {
      throw ValidationError(
        "--progress-interval must be from \(Display.intervals.lowerBound) to \(Display.intervals.upperBound)"
      )
    }
  }
}
