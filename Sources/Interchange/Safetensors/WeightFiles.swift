import Files

/// The tensors of a model folder, in one `model.safetensors` or in shards with an index; without them in
/// `pytorch_model.bin`, or in its shards.
struct WeightFiles {
  /// What the files hold, under their own names.
  private(set) var tensors: [SafetensorsTensor] = []
  /// Shape of every tensor by its name in the files, without `wrapper`.
  private(set) var shapes: [String: [Int]] = [:]
  /// What begins the names of tensors because the model was saved inside another one.
  private(set) var wrapper = ""
  private var holders: [String: (file: any TensorFile, name: String)] = [:]

  /// Opens what the folder holds.
  init(folder: String) throws {
    let single = "\(folder)/model.safetensors"
    let index = "\(folder)/model.safetensors.index.json"
    let torch = "\(folder)/pytorch_model.bin"
    let torchIndex = "\(folder)/pytorch_model.bin.index.json"
    if fileExists(single) {
      let file = try SafetensorsFile(path: single)
      for tensor in file.tensors { add(tensor, file) }
    } else if fileExists(index) {
      try openShards(index: index, folder: folder, ending: ".safetensors") {
        try SafetensorsFile(path: $0)
      }
    } else if fileExists(torch) {
      let file = try TorchFile(path: torch)
      for tensor in file.tensors { add(tensor, file) }
    } else if fileExists(torchIndex) {
      try openShards(index: torchIndex, folder: folder, ending: ".bin") { try TorchFile(path: $0) }
    } else if let pickled = Self.pickled(folder) {
      throw InterchangeError(Self.conversionAdvice(folder, pickled))
    } else if let refusal = ForeignWeights.refusal(of: folder) {
      throw refusal
    } else {
      throw InterchangeError(
        "\(folder): holds neither model.safetensors nor model.safetensors.index.json, nor "
          + "pytorch_model.bin: give the folder of a Hugging Face model")
    }
  }

  /// The values of a tensor, as float32.
  func floats(_ name: String) throws -> [Float] {
    guard let (file, stored) = holders[name] else {
      throw InterchangeError("tensor \(name) is in none of the folder's files")
    }
    return try file.floats(stored)
  }

  /// How the names begin that other programs give a model which they wrap: data parallelism,
  /// compilation, a module of one's own.
  private static let wrappers = ["module.", "_orig_mod.", "model."]

  /// Takes wrappers' prefixes off, where they are what keeps names from being an encoder's.
  mutating func unwrap(_ isEncoder: (String) -> Bool) {
    while !shapes.keys.contains(where: isEncoder) {
      let found = Self.wrappers.first { prefix in
        shapes.keys.contains { $0.hasPrefix(prefix) }
      }
      guard let found else { return }
      wrapper += found
      var bare: [String: (file: any TensorFile, name: String)] = [:]
      var bareShapes: [String: [Int]] = [:]
      for (name, holder) in holders.sorted(by: { $0.key < $1.key }) {
        let short = name.hasPrefix(found) ? String(name.dropFirst(found.count)) : name
        // What is called so without a wrapper keeps its name.
        let chosen = bare[short] == nil ? short : name
        bare[chosen] = holder
        bareShapes[chosen] = shapes[name]
      }
      shapes = bareShapes
      holders = bare
    }
  }

  private mutating func add(_ tensor: SafetensorsTensor, _ file: any TensorFile) {
    tensors.append(tensor)
    shapes[tensor.name] = tensor.shape
    holders[tensor.name] = (file, tensor.name)
  }

  private mutating func openShards(
    index: String, folder: String, ending: String, open: (String) throws -> any TensorFile
  ) throws {
    let json = try StrictJSON.read(index, limit: 64 << 20)
    guard let map = json.object?["weight_map"]?.object else {
      throw InterchangeError("\(index): has no weight_map object: it is not an index of shards")
    }
    var shards: [String: any TensorFile] = [:]
    for (name, value) in map.members {
      guard let shard = value.string, shard.hasSuffix(ending) else {
        throw InterchangeError("\(index): weight_map.\(name) does not name a \(ending) file")
      }
      if shards[shard] == nil {
        do {
          shards[shard] = try open(Self.path(of: shard, in: folder))
        } catch let error as FileError where error.kind == .escapes {
          throw InterchangeError("\(index): weight_map.\(name): \(error)")
        }
      }
    }
    for (shard, file) in shards.sorted(by: { $0.key < $1.key }) {
      for tensor in file.tensors {
        guard map[tensor.name]?.string == shard else {
          throw InterchangeError("\(index): does not place tensor \(tensor.name) in \(shard)")
        }
        add(tensor, file)
      }
    }
    for (name, value) in map.members where holders[name] == nil {
      throw InterchangeError("\(index): tensor \(name) is not in \(value.string ?? "any shard")")
    }
  }

  /// A shard's path: the index, which may be a stranger's, must not lead out of the folder; a link in
  /// it may, as `model.safetensors` itself may be one: the hub's cache keeps all contents elsewhere.
  private static func path(of shard: String, in folder: String) throws -> String {
    guard shard.contains("/"), let name = shard.split(separator: "/").last else {
      return "\(folder)/\(shard)"
    }
    let parent = shard.dropLast(name.count)
    return try SafePath.resolve(String(parent), beneath: folder) + "/" + name
  }

  /// A pickled file of weights that the folder holds, one of its shards, or nil.
  private static func pickled(_ folder: String) -> String? {
    let names = (try? folderEntries(folder)) ?? []
    return names.first { $0.hasPrefix("pytorch_model") && $0.hasSuffix(".bin") }
  }

  /// Shards that no index names are put together where their names are known.
  private static func conversionAdvice(_ folder: String, _ pickled: String) -> String {
    "\(folder): holds only \(pickled), which no index (pytorch_model.bin.index.json) names: "
      + TorchFile.conversion(trusting: false)
  }
}
