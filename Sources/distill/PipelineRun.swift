import ArgumentParser
import Foundation
import Pipelines
import Stages
import Tracking

/// Runs a pipeline under the eyes of a person: events shown and recorded, the signals obeyed, the
/// outcome turned into an exit code.
struct PipelineRun {
  private let pipeline: Pipeline
  private let json: Bool
  private let printer = EventPrinter()
  private var options: RunOptions

  init(
    _ pipeline: Pipeline, threads: Int, until: [String] = [], only: [String] = [],
    forced: [String] = [], trustsSignatures: Bool = true, json: Bool = false
  ) {
    self.pipeline = pipeline
    self.json = json
    options = RunOptions(threads: threads)
    options.until = until
    options.only = only
    options.forced = forced
    options.trustsSignatures = trustsSignatures
  }

  /// Runs, and throws the exit code unless all went well.
  func execute() throws {
    let record = MetricRecorder(pipeline.workspace.metricsPath)
    let printer = printer
    let runner = Runner(
      pipeline, options: options, services: Services.run,
      events: { event in
        printer.show(event)
        record.take(event)
      },
      isInterrupted: { Interruption.isRequested })
    let start = ContinuousClock.now
    let summary = try runner.run()
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    if let failure = record.failure {
      Output.error("distill: metrics were not recorded: \(failure)")
    }
    switch summary.outcome {
    case .finished:
      if json {
        Output.data(try PipelineReport.json(of: pipeline))
      } else {
        let ran = summary.ran.isEmpty ? "nothing to do" : "\(Figure.stages(summary.ran.count)) run"
        Output.error(
          "\(pipeline.name): \(ran), \(summary.skipped.count) current, \(Figure.duration(seconds))")
      }
    case .interrupted:
      Output.error("to go on, give the same command again: \(CommandLine.spoken)")
      throw ExitCode(Interruption.status.rawValue)
    case .failed(let stage, let message, let status):
      Output.error("distill: \(stage): \(message)")
      throw ExitCode(status.rawValue)
    }
  }

  /// What would run and why.
  func plan() throws -> Plan {
    try Runner(pipeline, options: options, services: Services.run).plan()
  }

  /// How the pipeline stands.
  func status() throws -> StatusReport {
    try Runner(pipeline, options: options, services: Services.run).status()
  }
}

extension CommandLine {
  /// The command as it was given, words with spaces in quotes.
  static var spoken: String {
    arguments.map { $0.contains(" ") ? "'\($0)'" : $0 }.joined(separator: " ")
  }
}

/// This machine as commands see it.
enum Machine {
  /// Cores that this process may use.
  static var cores: Int { ProcessInfo.processInfo.activeProcessorCount }
}
