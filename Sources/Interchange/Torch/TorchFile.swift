import Files

/// A dictionary of tensors as torch saves it (`pytorch_model.bin`), checked when it is opened.
///
/// Values are read when asked for, and nothing of it is executed, see `PickleMachine`.
///
/// Since version 1.6 torch writes a zip archive: `data.pkl`, the dictionary, and `data/KEY`, the
/// numbers of a storage. Before it wrote pickles one after the other: a magic number, a version, facts of
/// the machine, the dictionary, the keys of the storages; then, for each key, a count and the numbers.
final class TorchFile: TensorFile {
  let path: String
  let tensors: [SafetensorsTensor]

  private let file: RegularFile
  private var views: [String: TorchView] = [:]
  /// First byte of each storage.
  private let starts: [String: Int]

  private static let pickleLimit = 16 << 20
  /// A pickle of `0x1950a86a20f9469cfc6c`.
  private static let magic: [UInt8] = [
    0x80, 2, 0x8A, 10, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, 0x2E,
  ]

  /// Opens and checks the file at `path`.
  ///
  /// - Throws: `FileError` if it cannot be read, `InterchangeError` if it holds anything else than a
  ///   dictionary of tensors.
  init(path: String) throws {
    self.path = path
    file = try RegularFile(path)
    try PointerFile.refuse(
      file.read(at: 0, count: min(file.size, PointerFile.length), as: UInt8.self), path: path)
    let start = try file.read(at: 0, count: min(file.size, Self.magic.count), as: UInt8.self)
    var machine = PickleMachine()
    let state: PickleMachine.Value
    do {
      if start.starts(with: [0x50, 0x4B]) {
        (state, starts) = try Self.readArchive(file, &machine)
      } else if start == Self.magic {
        (state, starts) = try Self.readPickles(file, &machine)
      } else {
        throw PickleMachine.Refusal(reason: "it is no file of torch.save")
      }
      views = try Self.views(state, in: machine)
      for (name, view) in views {
        guard let first = starts[view.storage.key], let bytes = view.storage.byteCount,
          bytes <= file.size, first <= file.size - bytes
        else { throw PickleMachine.Refusal(reason: "the numbers of \(name) are not in the file") }
      }
    } catch let refusal as PickleMachine.Refusal {
      throw InterchangeError(
        "\(path): cannot be read: \(refusal.reason); "
          + Self.conversion(trusting: refusal.needsTrust))
    }
    tensors = views.sorted { $0.key < $1.key }.map { name, view in
      SafetensorsTensor(name: name, type: view.storage.type, shape: view.shape, range: 0..<0)
    }
  }

  func floats(_ name: String) throws -> [Float] {
    guard let view = views[name], let start = starts[view.storage.key] else {
      throw InterchangeError("\(path): has no tensor \(name)")
    }
    var values: [Float] = []
    values.reserveCapacity(view.span.count)
    let size = view.storage.type.bits / 8
    while values.count < view.span.count {
      let count = min(1 << 18, view.span.count - values.count)
      let place = start + (view.span.lowerBound + values.count) * size
      switch view.storage.type {
      case .float32: values += try file.read(at: place, count: count, as: Float.self)
      case .float64:
        for value in try file.read(at: place, count: count, as: Double.self) {
          values.append(Float(value))
        }
      case .float16:
        for bits in try file.read(at: place, count: count, as: UInt16.self) {
          values.append(Float(Float16(bitPattern: bits)))
        }
      case .bfloat16:
        for bits in try file.read(at: place, count: count, as: UInt16.self) {
          values.append(BFloat16.float(bits))
        }
      default:
        throw InterchangeError(
          "\(path): tensor \(name) is \(view.storage.type.rawValue); floats (F32, F16, BF16 or F64) "
            + "are wanted")
      }
    }
    try file.checkUnchanged()
    return view.ordered(values)
  }

  /// What to do about a file that is not read here.
  ///
  /// Tensors in it may share memory or lie in it in any order; a safetensors file holds each by itself.
  ///
  /// - Parameter isTrusting: Whether Python has to run what the file asks for.
  /// - Returns: The end of a message.
  static func conversion(trusting isTrusting: Bool) -> String {
    (isTrusting ? "if you trust who made it, " : "")
      + "convert it once, in that folder, with: python3 -c \"import glob, torch; "
      + "from safetensors.torch import save_file; w = {k: v.clone().contiguous() "
      + "for f in sorted(glob.glob('pytorch_model*.bin')) "
      + "for d in [torch.load(f, map_location='cpu', weights_only=\(isTrusting ? "False" : "True"))] "
      + "for k, v in d.get('state_dict', d).items()"
      + (isTrusting ? " if isinstance(v, torch.Tensor)" : "")
      + "}; w and save_file(w, 'model.safetensors', metadata={'format': 'pt'}) "
      + "or print('converted' if w else 'no tensors found')\""
  }

  private static func views(
    _ state: PickleMachine.Value, in machine: PickleMachine
  ) throws -> [String: TorchView] {
    guard let entries = machine.entries(state) else {
      throw PickleMachine.Refusal(reason: "it holds no dictionary of tensors")
    }
    var views: [String: TorchView] = [:]
    for (key, value) in entries {
      guard case .text(let name) = key else {
        throw PickleMachine.Refusal(reason: "its dictionary has a key that is no text")
      }
      guard let view = machine.view(value) else {
        throw PickleMachine.Refusal(
          reason: "\(name) in it is no tensor: it is more than a model's state_dict()",
          needsTrust: true)
      }
      guard views.updateValue(view, forKey: name) == nil else {
        throw PickleMachine.Refusal(reason: "it has two tensors \(name)")
      }
    }
    return views
  }

  private static func readArchive(
    _ file: RegularFile, _ machine: inout PickleMachine
  ) throws -> (PickleMachine.Value, [String: Int]) {
    let entries = try ZipDirectory(of: file).entries
    let pickles = entries.keys.filter { $0.hasSuffix("/data.pkl") }
    guard pickles.count == 1, let name = pickles.first, let place = entries[name] else {
      throw PickleMachine.Refusal(reason: "it is a zip archive without one data.pkl")
    }
    guard place.count <= pickleLimit else {
      throw PickleMachine.Refusal(reason: "its dictionary has \(place.count) bytes")
    }
    let root = name.dropLast("data.pkl".count)
    if let order = entries[root + "byteorder"], order.count == 3 {  // "big"
      throw PickleMachine.Refusal(reason: "it is of a big-endian machine")
    }
    var cursor = ByteCursor(try file.read(at: place.lowerBound, count: place.count))
    let state = try machine.run(&cursor)
    var starts: [String: Int] = [:]
    for (name, place) in entries where name.hasPrefix(root + "data/") {
      starts[String(name.dropFirst(root.count + "data/".count))] = place.lowerBound
    }
    try checkSizes(machine, state, entries, root: String(root))
    return (state, starts)
  }

  /// A storage's numbers are all in the archive's file of its key.
  private static func checkSizes(
    _ machine: PickleMachine, _ state: PickleMachine.Value, _ entries: [String: Range<Int>],
    root: String
  ) throws {
    for (_, value) in machine.entries(state) ?? [] {
      guard let storage = machine.view(value)?.storage else { continue }
      guard let place = entries[root + "data/" + storage.key], let bytes = storage.byteCount,
        bytes <= place.count
      else {
        throw PickleMachine.Refusal(reason: "the numbers of storage \(storage.key) are missing")
      }
    }
  }

  private static func readPickles(
    _ file: RegularFile, _ machine: inout PickleMachine
  ) throws -> (PickleMachine.Value, [String: Int]) {
    var cursor = ByteCursor(try file.read(at: 0, count: min(file.size, pickleLimit)))
    _ = try machine.run(&cursor)
    guard case .integer(1001) = try machine.run(&cursor) else {
      throw PickleMachine.Refusal(reason: "it is of no version of torch that is known")
    }
    let facts = try machine.run(&cursor)
    for (key, value) in machine.entries(facts) ?? [] {
      if case .text("little_endian") = key, case .boolean(false) = value {
        throw PickleMachine.Refusal(reason: "it is of a big-endian machine")
      }
    }
    let state = try machine.run(&cursor)
    let list = try machine.run(&cursor)
    let keys = machine.items(list) ?? []
    var storages: [String: TorchStorage] = [:]
    for (_, value) in machine.entries(state) ?? [] {
      if let storage = machine.view(value)?.storage { storages[storage.key] = storage }
    }
    var starts: [String: Int] = [:]
    var place = cursor.place
    for value in keys {
      guard case .text(let key) = value, let storage = storages[key] else {
        throw PickleMachine.Refusal(reason: "it has numbers that no tensor shows")
      }
      guard place <= file.size - 8, let bytes = storage.byteCount,
        bytes <= file.size - 8 - place,
        try file.read(at: place, count: 1, as: Int64.self) == [Int64(storage.count)]
      else { throw PickleMachine.Refusal(reason: "the numbers of storage \(key) are missing") }
      starts[key] = place + 8
      place += 8 + bytes
    }
    return (state, starts)
  }
}
