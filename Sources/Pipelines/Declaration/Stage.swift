internal import Files

/// A named input or output of a stage kind.
public struct Port: Sendable {
  /// Name, such as `teacher`.
  public let name: String
  /// What may be there: artifact kinds such as `model`, `file`, `folder`; an output port produces the
  /// first.
  public let kinds: [String]
  /// Whether it may be left out.
  public let isOptional: Bool
  /// Whether several may be given.
  public let allowsMany: Bool
  /// Whether the result depends on the inputs' names (an evaluation labels its rows by them), which
  /// then enter the fingerprint beside the contents.
  public let namesMatter: Bool
  /// The port in whose place it may be given, which need not be given then.
  public let insteadOf: String?
  /// One line for `--help`.
  public let help: String

  /// Declares a port.
  public init(
    _ name: String, kinds: [String], isOptional: Bool = false, allowsMany: Bool = false,
    namesMatter: Bool = false, insteadOf: String? = nil, help: String
  ) {
    precondition(!kinds.isEmpty, "port \(name) takes nothing")
    self.name = name
    self.kinds = kinds
    self.isOptional = isOptional
    self.allowsMany = allowsMany
    self.namesMatter = namesMatter
    self.insteadOf = insteadOf
    self.help = help
  }

  /// The name as a command-line flag, without the dashes.
  public var flag: String { Self.flag(name) }

  /// The ports that must be given and are not.
  static func missing(_ ports: [Port], given: [String]) -> [Port] {
    let replaced = ports.filter { given.contains($0.name) }.compactMap(\.insteadOf)
    return ports.filter { !$0.isOptional && !(given + replaced).contains($0.name) }
  }

  /// A port's name as a command-line flag, without the dashes.
  static func flag(_ name: String) -> String { String(name.map { $0 == "_" ? "-" : $0 }) }
}

/// One kind of work: declared inputs, outputs and options, and a function from inputs to outputs.
///
/// The same type serves the command line and the pipeline file.
public protocol Stage: Sendable {
  /// Name of the kind, such as `general`.
  static var kind: String { get }
  /// Raised whenever the same inputs and options give another result.
  static var revision: Int { get }
  /// One line for `--help`.
  static var summary: String { get }
  /// What it reads.
  static var inputs: [Port] { get }
  /// What it writes.
  static var outputs: [Port] { get }
  /// Its options.
  static var fields: [OptionField] { get }
  /// What it may write into a folder, by paths in it, folders included; nil where that is not known.
  static var writtenEntries: Set<String>? { get }

  /// Checks the options against each other, before any work.
  ///
  /// - Throws: What is wrong with them, in one line.
  init(_ options: OptionValues) throws

  /// Looks, before any work, for what names, headers and options tell already.
  ///
  /// What would stop `run` is to be found by `preview.check`, and nothing else: a stage that could run
  /// must not be refused.
  ///
  /// - Parameter preview: What is known, and takes what is wrong.
  /// - Returns: What is foreseen of the outputs, by port, for the stages that read them.
  func foresee(_ preview: inout Preview) -> [String: any Sendable]

  /// Reckons what the work will cost, from what is known before it.
  ///
  /// - Parameters:
  ///   - preview: What is known; nothing is found wrong here that `foresee` does not find.
  ///   - foreseen: What `foresee` returned.
  ///   - threads: Threads that the stage will have.
  /// - Returns: The cost; nil where the kind does not tell.
  func reckon(
    _ preview: inout Preview, foreseen: [String: any Sendable], threads: Int
  ) -> StageCost?

  /// Does the work. Each output appears at its final path whole or not at all. When
  /// `context.isInterrupted` turns true the stage saves a checkpoint and throws
  /// `StageInterruption`.
  func run(_ context: StageContext) throws -> StageResult
}

extension Stage {
  /// Not known.
  public static var writtenEntries: Set<String>? { nil }

  /// Refuses to replace a folder that holds what no stage of this kind writes: it would be lost.
  ///
  /// - Throws: `FileError` that names the first of it.
  public static func requireReplaceable(folder path: String) throws {
    guard let known = writtenEntries, isFolder(path) else { return }
    for name in try folderEntries(path) {
      let inner = try isFolder("\(path)/\(name)") ? folderEntries("\(path)/\(name)") : []
      let found = [name] + inner.map { "\(name)/\($0)" }
      guard let other = found.first(where: { !known.contains($0) }) else { continue }
      throw FileError(
        .cannotCreate, path: path,
        detail: "holds \(printable(other)), which is of no \(kind); move it away, or name another "
          + "folder")
    }
  }
}

/// What a stage throws after it saved its state because it was asked to stop.
public struct StageInterruption: Error, Sendable {
  /// Optimiser step, shard or row it will go on from, nil when nothing was begun.
  public let step: Int?

  /// An interruption after `step`.
  public init(step: Int?) { self.step = step }
}

/// The stage kinds that a pipeline file may name.
public struct StageRegistry: Sendable {
  /// The kinds, in the order given.
  public let kinds: [any Stage.Type]

  /// Keys of a stage in a pipeline file that are not options.
  static let reservedKeys = [
    "run", "inputs", "input", "outputs", "output", "seed", "matrix", "foreach", "each", "launcher",
    "threads",
  ]

  /// A registry; kinds and the names within a kind are unique, and no option has a reserved name.
  public init(_ kinds: [any Stage.Type]) {
    precondition(Set(kinds.map { $0.kind }).count == kinds.count, "two stages of one kind")
    for kind in kinds {
      let names = kind.fields.map(\.name)
      precondition(Set(names).count == names.count, "\(kind.kind): an option is declared twice")
      precondition(
        Set(names).isDisjoint(with: Self.reservedKeys),
        "\(kind.kind): an option has a reserved name")
    }
    self.kinds = kinds
  }

  /// The stage of that kind.
  public subscript(_ kind: String) -> (any Stage.Type)? { kinds.first { $0.kind == kind } }
}
