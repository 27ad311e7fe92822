import ArgumentParser
import Artifacts
import Files
import Pipelines
import Stages

/// `distill status`: how a pipeline stands.
struct StatusCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status", abstract: "Show how a pipeline stands: what is done, stale or pending.",
    usage: "distill status [<place>] [--check] [--json] [options]",
    discussion: """
      Of a workspace or of what a stage command wrote, what is recorded there: options are those of \
      the last run.
      """)

  @OptionGroup var given: PlaceOptions

  @Flag(help: "Exit with 3 when something would run.")
  var check = false

  @Flag(help: "Read files again whose stat signature is unchanged.")
  var noStatCache = false

  @Flag(help: "Print one JSON document.")
  var json = false

  func run() throws {
    let report = try report()
    if json {
      Output.data(try report.json.document("distill.status/1"))
    } else {
      Output.data(printable("\(report.pipeline) in \(report.workspace)"))
      if let owner = report.owner { Output.data(printable("running now: \(owner)")) }
      var table = Table(["stage", "state", "time", "size", "why"], isLeftAligned: true)
      table.rows = report.entries.map { entry in
        [
          entry.step.stage, entry.state, StatusCommand.time(entry), entry.bytes?.byteSize ?? "",
          StatusCommand.reason(entry),
        ]
      }
      for line in table.lines(wrapping: Output.width) { Output.data(line) }
      if let left = report.progress?.secondsLeft(at: WallClock.now) {
        Output.data(
          (left.isAtLeast ? "more than " : "about ") + Figure.duration(left.seconds)
            + " left in all")
      }
    }
    if !json, let (attempts, bytes) = try? Workspace(path: report.workspace).runCacheUse(),
      attempts > 0
    {
      let count = attempts == 1 ? "1 earlier attempt" : "\(attempts) earlier attempts"
      Output.data("run cache: outputs of \(count), \(bytes.byteSize)")
    }
    if !json, let next = next(report) { Output.error("next: \(next)") }
    guard !check || report.isCurrent else { throw ExitCode(ExitStatus.stale.rawValue) }
  }

  private func report() throws -> StatusReport {
    switch try given.find() {
    case .pipeline(let pipeline):
      var options = RunOptions(threads: Machine.cores)
      options.trustsSignatures = !noStatCache
      return try PipelineRun(pipeline, options).status()
    case .workspace(let workspace):
      return try StatusReport(
        in: workspace, services: Services.run, trustsSignatures: !noStatCache)
    }
  }

  /// The command to give next; nil where that is not known.
  private func next(_ report: StatusReport) -> String? {
    let command = report.owner != nil ? "watch" : report.isCurrent ? "metrics" : "run"
    let isFile = [".yaml", ".yml"].contains { given.place.hasSuffix($0) }
    guard command != "run" || isFile else { return nil }
    return given.settings.command(command, about: given.place)
  }

  /// How long it took, or has taken so far.
  private static func time(_ entry: StatusReport.Entry) -> String {
    if let progress = entry.progress { return Figure.duration(progress.seconds(at: WallClock.now)) }
    return entry.owner == nil ? entry.record?.seconds.map(Figure.duration) ?? "" : ""
  }

  /// Why a stage is not current, who runs it and how far it is, and where it will go on.
  private static func reason(_ entry: StatusReport.Entry) -> String {
    if let owner = entry.owner {
      let now = WallClock.now
      var words: [String] = []
      if let progress = entry.progress, let work = progress.work {
        words.append(ProgressBlock.text(of: progress, work))
        if let left = progress.secondsLeft(at: now) {
          words.append("\(Figure.duration(left)) left")
        }
      } else if let step = entry.runningStep, step > 0 {
        words.append("step \(step)")
      }
      return (words + [owner]).joined(separator: "; ")
    }
    guard !entry.step.isCurrent else { return "" }
    return entry.step.reason + (entry.resumesAt.map { "; goes on after step \($0)" } ?? "")
  }
}
