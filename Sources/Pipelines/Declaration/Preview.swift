internal import Synchronization

/// What a stage can look at before any work: names, options, the inputs that are there, and what the
/// stages before it foresee of those that are not.
public struct Preview {
  /// An input as far as it is known.
  public struct Input: Sendable {
    /// Name of the artifact or source in the pipeline.
    public let name: String
    /// Where it is; nil where a stage before has still to make it, and of a source that is missing.
    public let path: String?
    /// What the stage that makes it foresees of it.
    public let foreseen: (any Sendable)?

    /// What to call it in a message.
    public var spoken: String { path ?? name }
  }

  /// Something that is wrong.
  struct Finding {
    /// The input that it is about, nil where it is about options.
    let port: String?
    let error: any Error
  }

  /// Inputs by port; a port without input has no entry.
  public let inputs: [String: [Input]]
  /// Ports of the outputs that are wanted.
  public let outputs: Set<String>
  /// What was read of sources, so that stages that share one read it once.
  let memory: PreviewMemory
  /// Whether amounts of data are wanted too, which takes the reading of a part of it.
  public let reckons: Bool
  private(set) var findings: [Finding] = []

  init(
    inputs: [String: [Input]], outputs: Set<String>, memory: PreviewMemory, reckons: Bool = false
  ) {
    self.inputs = inputs
    self.outputs = outputs
    self.memory = memory
    self.reckons = reckons
  }

  /// What a stage sees that is about to work: all its inputs are there.
  public init(of context: StageContext) {
    inputs = context.inputs.mapValues { given in
      given.map { Input(name: $0.name, path: $0.path, foreseen: nil) }
    }
    outputs = Set(context.outputs.keys)
    memory = PreviewMemory()
    reckons = false
  }

  /// All that was found wrong, in the order in which it was found.
  public var errors: [any Error] { findings.map(\.error) }

  /// The single input of a port, nil when there is none.
  public func input(_ port: String) -> Input? { inputs[port]?.first }

  /// Takes what is wrong with the input of a port, or with options.
  public mutating func find(_ error: any Error, at port: String? = nil) {
    findings.append(Finding(port: port, error: error))
  }

  /// What `body` gives; nil where it throws, which is something wrong with the input of a port, or
  /// with options.
  @discardableResult
  public mutating func check<Value>(_ port: String? = nil, _ body: () throws -> Value) -> Value? {
    do {
      return try body()
    } catch {
      find(error, at: port)
      return nil
    }
  }

  /// What was read of the file or folder at `path` before; nil where nobody has.
  public func known(_ path: String) -> (any Sendable)? { memory[path] }

  /// What is to be known of the file or folder at `path`, read by `read` when first asked for; nil
  /// where it cannot be read, which is told once.
  public mutating func read<Value: Sendable>(
    _ path: String, at port: String, _ read: (String) throws -> Value
  ) -> Value? {
    if let known = memory[path] { return known as? Value }
    let value = check(port) { try read(path) }
    memory[path] = value ?? PreviewMemory.Unreadable()
    return value
  }
}

/// What was read of files and folders, by path.
final class PreviewMemory: Sendable {
  /// Stands for what could not be read.
  struct Unreadable: Sendable {}

  private let values = Mutex<[String: any Sendable]>([:])

  subscript(_ path: String) -> (any Sendable)? {
    get { values.withLock { $0[path] } }
    set { values.withLock { $0[path] = newValue } }
  }
}

extension Stage {
  /// Foresees nothing, and finds nothing wrong.
  public func foresee(_ preview: inout Preview) -> [String: any Sendable] { [:] }

  /// Knows nothing.
  public func reckon(
    _ preview: inout Preview, foreseen: [String: any Sendable], threads: Int
  ) -> StageCost? { nil }
}
