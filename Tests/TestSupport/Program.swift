import Foundation

/// Another program, run by a test.
public struct Program {
  /// What a program left behind.
  public struct Outcome: Sendable {
    /// Its exit status, or the negated number of the signal that ended it.
    public let status: Int32
    /// What it wrote to standard output.
    public let output: String
    /// What it wrote to standard error.
    public let errors: String
  }

  /// Runs `path` to its end.
  ///
  /// - Parameters:
  ///   - path: The program.
  ///   - arguments: Its arguments.
  ///   - folder: Where it runs, the tests' own folder when nil.
  ///   - input: What it reads on standard input.
  ///   - variables: Environment variables beside those of the tests.
  ///   - whileRunning: Called once, with the number of the process, after its start.
  /// - Returns: Its exit status and what it wrote.
  /// - Throws: What starting it throws, and what `whileRunning` throws, the process being ended.
  public static func run(
    _ path: String, _ arguments: [String], in folder: String? = nil, input: String = "",
    variables: [String: String] = [:], whileRunning: ((Int32) throws -> Void)? = nil
  ) throws -> Outcome {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = arguments
    if let folder { process.currentDirectoryURL = URL(fileURLWithPath: folder) }
    process.environment = ProcessInfo.processInfo.environment.merging(variables) { $1 }
    let scratch = FileManager.default.temporaryDirectory
    let files = (0..<3).map { _ in scratch.appendingPathComponent("distill-stream-\(UUID())") }
    for file in files { _ = FileManager.default.createFile(atPath: file.path, contents: nil) }
    defer { for file in files { try? FileManager.default.removeItem(at: file) } }
    try Data(input.utf8).write(to: files[2])
    process.standardOutput = try FileHandle(forWritingTo: files[0])
    process.standardError = try FileHandle(forWritingTo: files[1])
    process.standardInput = try FileHandle(forReadingFrom: files[2])
    try process.run()
    do {
      try whileRunning?(process.processIdentifier)
    } catch {
      process.terminate()
      process.waitUntilExit()
      throw error
    }
    process.waitUntilExit()
    let texts = try files.map { String(decoding: try Data(contentsOf: $0), as: UTF8.self) }
    let isExit = process.terminationReason == .exit
    return Outcome(
      status: isExit ? process.terminationStatus : -process.terminationStatus, output: texts[0],
      errors: texts[1])
  }
}

/// The Python with PyTorch, transformers, safetensors and h5py that `Tests/run.sh` prepares.
public enum PythonOracle {
  /// The interpreter; nil where the tests run without it.
  public static let interpreter = ProcessInfo.processInfo.environment["DISTILL_PYTHON"]

  /// Whether tests that need it can run.
  public static var isAvailable: Bool { interpreter != nil }

  /// Runs a script of `Tests/Oracles` and gives its standard output.
  public static func run(
    _ script: String, _ arguments: [String], from file: String = #filePath
  ) throws -> String {
    let folder = Fixtures.folder(from: file).replacingOccurrences(of: "/Fixtures", with: "/Oracles")
    let outcome = try Program.run(interpreter ?? "python3", ["\(folder)/\(script)"] + arguments)
    struct Failure: Error, CustomStringConvertible { let description: String }
    guard outcome.status == 0 else {
      throw Failure(description: "\(script) ended with \(outcome.status): \(outcome.errors)")
    }
    return outcome.output
  }
}
