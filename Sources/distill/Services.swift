import Artifacts
import Foundation
import Pipelines
import Stages

/// What the runner is given by those who know formats, errors and this machine.
enum Services {
  static let run = RunServices(
    probe: ArtifactProbes.standard, exitStatus: FailureStatus.of,
    environment: environment,
    createdBy: "distill \(ProgramVersion.number)", program: program,
    checkpointStep: { CheckpointStore.newestStep(in: $0) }, importFolder: ModelImport.write,
    missingAdvice: { ModelPlace.advice(on: $0, called: $1) },
    freeMemory: { MachineFacts.freeMemory })

  /// The file that runs.
  private static var program: String {
    (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
      ?? CommandLine.arguments.first ?? "distill"
  }

  /// What is recorded with a stage: it can explain other bits elsewhere, and never causes a re-run.
  private static var environment: [String: String] {
    var facts = EngineFacts.all
    for (name, value) in ProcessInfo.processInfo.environment
    where ["OPENBLAS_", "OMP_", "DNNL_"].contains(where: name.hasPrefix) {
      facts[name] = value
    }
    return facts
  }
}
