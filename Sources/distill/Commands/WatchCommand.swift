import ArgumentParser
import Files
import Foundation
import Pipelines
import Stages

/// `distill watch`: follows a run that another process works on.
struct WatchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "watch", abstract: "Follow a run from another terminal until it ends.",
    usage: "distill watch [<place>] [--wait] [options]",
    discussion: """
      Shows what the run itself shows, from what it records in its workspace; it does not touch the run. \
      Ends when that ends: with 0 where all is done, with the code of the stage that failed, 1 for several, \
      with 130 where it was stopped, and with 143 where it was killed.
      """)

  @OptionGroup var given: PlaceOptions

  @Flag(help: "Wait for a run to begin where none works.")
  var wait = false

  @Option(
    help: ArgumentHelp(
      "Seconds between lines of progress where there is no terminal.", valueName: "seconds"))
  var progressInterval = Display.usualInterval

  func validate() throws { try Display.check(interval: progressInterval) }

  /// Seconds between two looks.
  private static let pause = 0.5

  func run() throws {
    let workspace = try findWorkspace()
    let before = try Manifest.read(workspace)
    var isRunning = workspace.owner != nil
    if !isRunning, wait {
      Output.error(printable("\(workspace.path): nobody works here; waiting for a run to begin"))
      // A short run may begin and end between two looks.
      let known = try? statSignature(workspace.manifestPath)
      while !isRunning, (try? statSignature(workspace.manifestPath)) == known {
        Thread.sleep(forTimeInterval: Self.pause)
        isRunning = workspace.owner != nil
      }
    } else if !isRunning, before == nil {
      throw PipelineError(
        .missingInput, at: workspace.path,
        "nothing has run here yet; run it first, or wait for it with --wait")
    }
    let view = WatchView(workspace, place: given.place, interval: progressInterval)
    try view.begin(isRunning: isRunning)
    while workspace.owner != nil {
      try view.look()
      Thread.sleep(forTimeInterval: Self.pause)
    }
    let status = try view.end()
    guard status == .success else { throw ExitCode(status.rawValue) }
  }

  /// The workspace, which may not be there yet.
  private func findWorkspace() throws -> Workspace {
    let (place, settings) = (try UsualFile.place(given.given), given.settings)
    let isFile = [".yaml", ".yml"].contains { place.hasSuffix($0) }
    if isFile || Place.workspace(of: place) != nil { return try Place(place, settings).workspace }
    guard settings.isEmpty else {
      throw ValidationError("--seed, --workspace and --set are about a pipeline file (.yaml, .yml)")
    }
    guard wait else {
      throw PipelineError(
        .missingInput, at: place,
        "nothing has run here yet; run it first, or wait for it with --wait")
    }
    // What will be written there has its workspace beside it.
    return isFolder(place) || place.hasSuffix(".distill")
      ? Workspace(path: place) : Workspace(path: Pipeline.ownWorkspace(of: place))
  }
}

/// What is shown of a run that is watched.
private final class WatchView {
  private let workspace: Workspace
  private let place: String
  private let interval: Int
  private let isDrawn = StandardError.takesBlocks
  private let lines = EventLines(namesStages: true, keepsNothing: false)
  /// The stages that have been told of, by how they stood.
  private var told: [String: StageStatus] = [:]
  /// The steps after which scores have been told, by stage.
  private var scored: [String: Int] = [:]
  private var signature: StatSignature?
  private var manifest: Manifest?
  private var lastLine: Int?

  init(_ workspace: Workspace, place: String, interval: Int) {
    self.workspace = workspace
    self.place = place
    self.interval = interval
  }

  /// The stages of the run, in their order.
  private var stages: [(name: String, record: StageRecord)] {
    guard let manifest else { return [] }
    return manifest.graph.compactMap { entry in
      guard let name = entry.object?["stage"]?.string, let record = manifest.stages[name] else {
        return nil
      }
      return (name, record)
    }
  }

  private func read() throws {
    let now = try? statSignature(workspace.manifestPath)
    guard manifest == nil || now != signature else { return }
    signature = now
    manifest = try Manifest.read(workspace)
  }

  /// Says where the run stands.
  func begin(isRunning: Bool) throws {
    try read()
    for (name, record) in stages where !isRunning || record.status != .running {
      told[name] = record.status
    }
    let owner = workspace.owner.map { ", \($0)" } ?? ""
    let done = stages.filter { $0.record.status == .done || $0.record.status == .frozen }.count
    let count = manifest.map { "\(done) of \($0.graph.count) stages done" } ?? "it begins"
    Output.error(printable("\(manifest?.pipeline ?? "run") in \(workspace.path): \(count)\(owner)"))
  }

  /// Shows what is new.
  func look() throws {
    try read()
    tellChanges()
    guard let recorded = RecordedProgress.read(in: workspace) else { return }
    for stage in recorded.progress.active {
      guard let last = stage.last, scored[stage.name] != last.step else { continue }
      scored[stage.name] = last.step
      if let words = ProgressBlock.text(of: stage) {
        Output.error("\(printable(stage.name)): \(words)")
      }
    }
    let now = WallClock.now
    if isDrawn {
      Output.screen.show { columns, rows in
        ProgressBlock(recorded.progress, at: now, left: recorded.secondsLeft(at: now))
          .lines(columns: columns, rows: rows)
      }
    } else if lastLine.map({ now - $0 >= interval * 1000 }) ?? true {
      for stage in recorded.progress.active {
        Output.error(lines.progress(of: stage, at: now))
        lastLine = now
      }
    }
  }

  private func tellChanges() {
    for (name, record) in stages where told[name] != record.status {
      told[name] = record.status
      switch record.status {
      case .running: Output.error(Output.strong(printable(name)))
      case .done:
        let figures = EventLines.chief(record.metrics)
        Output.error(
          printable(name) + ": done in \(Figure.duration(record.seconds ?? .nan))"
            + (figures.isEmpty ? "" : "  \(figures)"))
      case .pending, .interrupted, .failed, .frozen: break
      }
    }
  }

  /// Says how the run ended.
  ///
  /// - Returns: The code to exit with.
  func end() throws -> ExitStatus {
    try read()
    Output.screen.clear()
    tellChanges()
    let failed = stages.filter { $0.record.status == .failed }
    let killed = stages.filter { $0.record.status == .running }
    let stopped = stages.filter { $0.record.status == .interrupted }
    for (name, record) in failed {
      Failure.tell("\(printable(name)): \(record.error ?? "failed, no reason recorded")")
    }
    for (name, record) in stopped {
      let step = record.step.map { " after step \($0)" } ?? ""
      Output.error("\(printable(name)): stopped\(step), state saved")
    }
    for (name, _) in killed {
      Output.error(
        "\(printable(name)): whoever ran it is gone without a word: killed, or the machine went down"
      )
    }
    guard failed.isEmpty, killed.isEmpty, stopped.isEmpty else {
      Output.error(
        "to go on, give the command of the run again, without --force for what has begun")
      if !killed.isEmpty { return .terminated }
      if !stopped.isEmpty { return .interrupted }
      let codes = failed.map { $0.record.exitCode.flatMap { Int32(exactly: $0) } ?? 74 }
      return codes.count == 1
        ? codes.first.flatMap(ExitStatus.init(rawValue:)) ?? .inputOutput : .severalFailed
    }
    Output.error("\(manifest?.pipeline ?? "run"): all that was asked for is done")
    Output.error("next: distill metrics \(CommandLine.spoken(place))")
    return .success
  }
}
