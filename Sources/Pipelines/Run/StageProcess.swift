internal import Files
internal import Foundation
internal import Synchronization

/// A stage in a process of its own, seen from both ends.
///
/// The runner starts `[launcher] distill stage-process`, sends the job as one line to its standard
/// input, and keeps that open; the process answers with `StageMessage`s. A second line, `stop`, asks
/// the stage to save and stop; `recorded` answers a stage that waits for its events to be recorded,
/// as it does before every checkpoint. The end of the input means that the runner is gone: the
/// process ends at once, as if it had been killed, so that nobody writes where a new runner may. This
/// works through every launcher that passes standard input and output on, which `srun`, `mpirun` and
/// `ssh` do; signals need not pass.
public enum StageProcess {
  /// The word by which the program is told to be a stage's process.
  public static let command = "stage-process"
  private static let stop = "stop"
  private static let recorded = "recorded"

  /// Runs the stage that standard input asks for.
  ///
  /// - Parameters:
  ///   - registry: The kinds that it may be of.
  ///   - services: As the runner's.
  ///   - isInterrupted: Whether a signal asked this process to stop.
  ///   - write: Writes a line to standard output.
  /// - Returns: The code to exit with.
  public static func serve(
    registry: StageRegistry, services: RunServices,
    isInterrupted: @escaping @Sendable () -> Bool,
    write: @escaping @Sendable (String) -> Void
  ) -> ExitStatus {
    let send = { @Sendable (message: StageMessage) in
      if let line = try? message.line() { write(line) }
    }
    let input = StandardInput()
    let ending = StageEnding(exitStatus: services.exitStatus) {
      let job = try readJob(input, registry: registry, services: services)
      let stops = Flag()
      let answers = DispatchSemaphore(value: 0)
      Thread { listen(input, stops, answers) }.start()
      return try job.run(
        events: { send(.event($0)) }, isInterrupted: { stops.isSet || isInterrupted() },
        awaitRecord: {
          send(.awaitsRecord)
          answers.wait()
        })
    }
    send(.ended(ending))
    return switch ending {
    case .done: .success
    case .interrupted: .terminated
    case .failed(_, let status, _): status
    }
  }

  /// Something that is set once.
  private final class Flag: Sendable {
    private let value = Atomic(false)
    var isSet: Bool { value.load(ordering: .relaxed) }
    func set() { value.store(true, ordering: .relaxed) }
  }

  private static func readJob(
    _ input: StandardInput, registry: StageRegistry, services: RunServices
  ) throws -> StageJob {
    // What launchers tell each process they start; all but one of them hear nothing on their input.
    let ranks = ["OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "SLURM_STEP_NUM_TASKS"].compactMap {
      ProcessInfo.processInfo.environment[$0].flatMap { Int($0) }
    }
    if let count = ranks.first(where: { $0 > 1 }) {
      throw PipelineError(
        .usage, at: "launcher",
        "starts \(count) processes, a stage is one; ask the launcher for one (srun -n 1)")
    }
    guard let line = try input.next(),
      let json = try? StrictJSON.parse(Array(line.utf8), path: "job"),
      var members = try? JSONMembers(json, "job")
    else {
      throw PipelineError(
        .usage, at: command, "reads its work from a runner; give `distill run` a pipeline")
    }
    let createdBy = try members.string("created_by")
    guard createdBy == services.createdBy else {
      throw PipelineError(
        .usage, at: "launcher",
        "starts \(services.createdBy), the runner is \(createdBy); install one version everywhere")
    }
    let folder = try members.string("folder")
    guard FileManager.default.changeCurrentDirectoryPath(folder) else {
      throw FileError(.missing, path: folder, detail: "the launcher's machine has no such folder")
    }
    do {
      return try StageJob(json: try members.value("job"), registry: registry)
    } catch let fault as JSONFault {
      throw PipelineError(.usage, at: command, fault.message)
    }
  }

  private static func listen(
    _ input: StandardInput, _ stops: Flag, _ answers: DispatchSemaphore
  ) {
    while let line = try? input.next() {
      switch line {
      case stop: stops.set()
      case recorded: answers.signal()
      default: break
      }
    }
    _exit(ExitStatus.terminated.rawValue)
  }

  /// Runs a job in a process of its own, from the runner's side.
  ///
  /// - Parameters:
  ///   - job: The job.
  ///   - launcher: The words before the program's own.
  ///   - program: The program's file.
  ///   - createdBy: Its name and version.
  ///   - events: Takes what happens.
  ///   - awaitRecord: Returns when what happened so far is recorded.
  ///   - isInterrupted: Asked about ten times a second whether to ask the stage to stop.
  /// - Returns: How the work ended.
  static func run(
    _ job: StageJob, launcher: [String], program: String, createdBy: String,
    events: @Sendable (RunEvent) -> Void, awaitRecord: @Sendable () -> Void,
    isInterrupted: @Sendable () -> Bool
  ) -> StageEnding {
    do {
      // Without a launcher the very file that runs here, even if another took its place meanwhile.
      let words = launcher + [launcher.isEmpty ? "distill" : program, command, job.stage]
      let process = try ChildProcess(launcher.first ?? "/proc/self/exe", arguments: words)
      let request = JSONValue.sorted([
        "created_by": .string(createdBy), "job": job.json,
        "folder": .string(FileManager.default.currentDirectoryPath),
      ])
      // A process that ends at once is told of below, with its exit code.
      try? process.send(String(decoding: try request.encoded(), as: UTF8.self))
      return try follow(process, job.stage, launcher, events, awaitRecord, isInterrupted)
    } catch {
      return .failed(
        message: "the stage's process: \(error)", status: .inputOutput, isTransient: true)
    }
  }

  private static func follow(
    _ process: ChildProcess, _ stage: String, _ launcher: [String],
    _ events: @Sendable (RunEvent) -> Void, _ awaitRecord: @Sendable () -> Void,
    _ isInterrupted: @Sendable () -> Bool
  ) throws -> StageEnding {
    var isAskedToStop = false
    var ending: StageEnding?
    reading: while true {
      if !isAskedToStop, isInterrupted() {
        isAskedToStop = true
        try? process.send(stop)
      }
      switch try process.read(waitingAtMost: 100) {
      case .end: break reading
      case .nothing: continue
      case .line(let line):
        switch StageMessage(line: line) {
        case .event(let event): events(event)
        case .awaitsRecord:
          awaitRecord()
          try? process.send(recorded)
        case .ended(let end): ending = end
        case nil where !line.isEmpty: events(.note(stage: stage, text: printable(line)))
        case nil: break
        }
      }
    }
    let code = process.wait()
    if let ending { return ending }
    let starter = launcher.first.map { "\($0): " } ?? ""
    return switch code {
    case .killed(let signal):
      .failed(
        message: "\(starter)the stage's process was killed by signal \(signal)"
          + (signal == 9 ? " (out of memory?)" : ""),
        status: .inputOutput, isTransient: true)
    case .exited(let code):
      .failed(
        message: "\(starter)the stage's process ended with code \(code) without a result",
        status: .inputOutput, isTransient: true)
    }
  }
}
