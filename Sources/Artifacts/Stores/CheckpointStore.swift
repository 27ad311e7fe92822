public import Compute
public import Files
import Interchange
public import Training
import Transformer

/// Two checkpoint files of a stage, written in turn: the newest that is whole wins, the older is
/// there should the newest be damaged.
///
/// A checkpoint is one safetensors file, sealed by its own SHA-256: the trainer's tensors and the
/// stage's, and in the header's metadata the trainer's state (`state`, JSON) and in which numbers it
/// was computed (`numerics`).
public final class CheckpointStore {
  /// Seconds spent writing so far.
  public private(set) var seconds = 0.0

  private let folder: String
  private let numerics: String
  private let extraTensors: [(name: String, values: Matrix)]
  private let remark: (String) -> Void
  private var slots: [CheckpointSlot]

  /// Makes the folder and shows that it can be written to, before any work is done.
  ///
  /// - Parameters:
  ///   - folder: Where the two files lie; made when missing.
  ///   - numerics: In which numbers the training computes, see `ComputeContext.numerics`.
  ///   - extraTensors: What a checkpoint holds beside the trainer's own tensors.
  ///   - remark: Takes what the user should know, a line at a time.
  /// - Throws: `FileError` where it cannot be made or written to.
  public init(
    in folder: String, numerics: String, extraTensors: [(name: String, values: Matrix)] = [],
    remark: @escaping (String) -> Void
  ) throws {
    self.folder = folder
    self.remark = remark
    self.numerics = numerics
    self.extraTensors = extraTensors
    try ensureDirectory(folder)
    try AtomicFile.removeLeftovers(in: folder)
    try probeWritable(folder)
    slots = ["a", "b"].map {
      CheckpointSlot(path: "\(folder)/checkpoint-\($0).safetensors")
    }
  }

  /// Writes the trainer's state over the older of the two files; memory does not grow.
  ///
  /// - Throws: `FileError`; both files are then as they were.
  public func save(_ checkpoint: TrainerCheckpoint) throws {
    let clock = ContinuousClock()
    let start = clock.now
    defer { seconds += (clock.now - start) / .seconds(1) }
    let tensors =
      checkpoint.tensors
      + extraTensors.map { ($0.name, [$0.values.rows, $0.values.columns], $0.values) }
    let older = slots[0].standing <= slots[1].standing ? 0 : 1
    try SafetensorsWriter.stream(
      to: slots[older].path, metadata: try metadata(checkpoint.state), isSealed: true,
      layout: Self.entries(tensors.map { ($0.name, $0.shape) })
    ) { writer in
      // In byte order of the names, as the format wants it.
      for tensor in tensors.sorted(by: {
        $0.name.utf8.lexicographicallyPrecedes($1.name.utf8)
      }) {
        try tensor.values.withElementsToRead { try writer.write($0) }
      }
    }
    slots[older].standing = Standing(checkpoint.state)
  }

  /// Puts the trainer where its newest whole checkpoint was taken.
  ///
  /// A file is verified to its last byte before anything of it is used; what is damaged is told, and
  /// is the next to be overwritten.
  ///
  /// - Parameters:
  ///   - trainer: A trainer that has taken no step.
  ///   - check: Told in which numbers the checkpoint was computed, nil in one that does not say; what
  ///     it throws leaves the checkpoint alone.
  /// - Returns: Where the trainer stands; `nil` where no checkpoint can be used.
  /// - Throws: What `check` throws; what reading or restoring throws.
  public func restore(
    _ trainer: Trainer, check: (_ numerics: String?) throws -> Void = { _ in }
  ) throws -> TrainerState? {
    var damage: [String] = []
    for index in slots.indices where fileExists(slots[index].path) {
      do {
        slots[index].standing = Standing(try CheckpointSlot.open(slots[index].path).state)
      } catch {
        damage.append("\(error)")
      }
    }
    while let index = newest {
      let opened: (file: SafetensorsFile, state: TrainerState)
      do {
        opened = try CheckpointSlot.open(slots[index].path)
        try opened.file.verifySeal()
      } catch {
        damage.append("\(error)")
        slots[index].standing = .none
        continue
      }
      if !damage.isEmpty {
        remark(
          "a checkpoint cannot be used: \(damage.joined(separator: "; ")): the other one, after step "
            + "\(opened.state.step), is used")
      }
      try check(opened.file.metadata["numerics"])
      try restore(trainer, opened.file, opened.state)
      return trainer.state
    }
    if !damage.isEmpty {
      remark(
        "no checkpoint can be used: \(damage.joined(separator: "; ")): the stage starts afresh")
    }
    return nil
  }

  private var newest: Int? {
    slots.indices.filter { slots[$0].standing != .none }
      .max { slots[$0].standing < slots[$1].standing }
  }

  private func restore(_ trainer: Trainer, _ file: SafetensorsFile, _ state: TrainerState) throws {
    func read(_ name: String, _ shape: [Int], _ values: Matrix) throws {
      guard file.tensor(name)?.shape == shape else {
        throw ArtifactError.badData(
          file.path, "tensor \(name) is not there in shape \(shape)",
          cure: "start the stage afresh (--force)")
      }
      try values.withElements { try file.readFloats(name, from: 0, into: &$0) }
    }
    // The trainer asks for the examples of a half-done step, and what they are may be among these.
    for tensor in extraTensors {
      try read(tensor.name, [tensor.values.rows, tensor.values.columns], tensor.values)
    }
    do {
      try trainer.restore(state, read: read)
    } catch let error as TrainingError where error.kind == .checkpointMismatch {
      throw ArtifactError.badData(
        file.path, String("\(error)".prefix { $0 != ";" }),
        cure: "start the stage afresh (--force)")
    }
  }

  /// Refuses to begin what the disk has no room for: two checkpoints, and a third while it is being
  /// written, which may hold the gradients of a half-done step; and the outputs.
  ///
  /// - Parameters:
  ///   - trainer: What will be trained.
  ///   - outputs: Where the trained model will be written.
  ///   - free: How many bytes the disk of a folder still takes.
  /// - Throws: `FileError` of kind `noSpace` with the bytes needed and those free.
  public func requireRoom(
    for trainer: Trainer, outputs: [String], free: (String) throws -> Int = freeBytes(in:)
  ) throws {
    let more = extraTensors.map { ($0.name, [$0.values.rows, $0.values.columns]) }
    let sizes = try [false, true].map { isOpen in
      try SafetensorsWriter.size(
        metadata: metadata(trainer.state), isSealed: true,
        layout: Self.entries(trainer.checkpointLayout(isOpen: isOpen) + more))
    }
    let taken = slots.reduce(0) { $0 + ((try? statSignature($1.path).size).map { Int($0) } ?? 0) }
    let needed = 2 * sizes[0] + sizes[1] - taken
    try DiskRoom.require(
      needed, in: folder, for: "two checkpoints and the next",
      cure: "make room, or work elsewhere (--workspace)", free: free)
    let output =
      4 * (trainer.weights.layout.count + extraTensors.reduce(0) { $0 + $1.values.count })
    for (place, count) in Dictionary(
      outputs.map { (splitPath($0).folder, 1) }, uniquingKeysWith: +)
    {
      try DiskRoom.require(
        count * output, in: place, for: "the outputs", cure: "make room, or write elsewhere",
        free: free)
    }
  }

  private func metadata(_ state: TrainerState) throws -> [String: String] {
    [
      "numerics": numerics,
      "state": String(decoding: try CanonicalJSON.encode(state), as: UTF8.self),
    ]
  }

  private static func entries(
    _ tensors: [(name: String, shape: [Int])]
  ) -> [SafetensorsWriter.Entry] {
    tensors.map { SafetensorsWriter.Entry($0.name, .float32, shape: $0.shape) }
  }
}

extension CheckpointStore {
  /// The step after which the newest readable checkpoint in a folder was taken; nil without one.
  ///
  /// Only headers are read: whoever goes on from a checkpoint looks at all of it.
  public static func newestStep(in folder: String) -> Int? {
    let names = (try? folderEntries(folder)) ?? []
    return names.filter { $0.hasSuffix(".safetensors") }
      .compactMap { try? CheckpointSlot.open("\(folder)/\($0)").state.step }.max()
  }
}

/// One of the two files, and how far its checkpoint has come.
private struct CheckpointSlot {
  let path: String
  var standing = Standing.none

  /// Reads a file's header: what is after it is not looked at.
  static func open(_ path: String) throws -> (file: SafetensorsFile, state: TrainerState) {
    let file = try SafetensorsFile(path: path)
    let text = file.metadata["state"] ?? ""
    let state = try CanonicalJSON.decode(TrainerState.self, from: Array(text.utf8), of: path)
    if let fault = state.fault {
      throw ArtifactError.badData(path, fault, cure: "start the stage afresh (--force)")
    }
    return (file, state)
  }
}

/// Which of two checkpoints of a training is the newer.
private struct Standing: Comparable {
  private var numbers: [Int] = []

  /// That of a file that is not there or is damaged: older than any.
  static let none = Standing()

  private init() {}

  /// By steps, then by micro-batches of the step that is half done, then by what has been scored.
  init(_ state: TrainerState) {
    numbers = [state.step, state.openStep?.microBatches ?? 0, state.evaluatedStep]
  }

  static func < (left: Standing, right: Standing) -> Bool {
    left.numbers.lexicographicallyPrecedes(right.numbers)
  }
}
