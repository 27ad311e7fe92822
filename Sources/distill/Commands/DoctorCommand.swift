import ArgumentParser
import Stages

/// `distill doctor`: what this machine offers and whether it computes rightly.
struct DoctorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor", abstract: "Show the libraries and cores in use and check a product.")

  @Flag(help: "Print one JSON document.")
  var json = false

  func run() throws {
    let report = try Doctor(processors: Machine.processors)
    if json {
      Output.data(try report.json())
    } else {
      for (name, value) in report.facts { Output.data("\(name): \(value)") }
    }
    guard report.isHealthy else { throw ExitCode(1) }
  }
}
