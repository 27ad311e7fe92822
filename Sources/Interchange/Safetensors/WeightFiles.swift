import Files

/// The tensors of a model folder, in one `model.safetensors` or in shards with an index.
struct WeightFiles {
  /// Shape of every tensor by its name in the files.
  private(set) var shapes: [String: [Int]] = [:]
  private var holders: [String: SafetensorsFile] = [:]

  /// Opens what the folder holds.
  init(folder: String) throws {
    let single = "\(folder)/model.safetensors"
    let index = "\(folder)/model.safetensors.index.json"
    if fileExists(single) {
      let file = try SafetensorsFile(path: single)
      for tensor in file.tensors { add(tensor.name, tensor.shape, file) }
    } else if fileExists(index) {
      try openShards(index: index, folder: folder)
    } else if fileExists("\(folder)/pytorch_model.bin") {
      throw InterchangeError(Self.conversionAdvice(folder))
    } else {
      throw InterchangeError(
        "\(folder): holds neither model.safetensors nor model.safetensors.index.json: "
          + "give the folder of a Hugging Face model")
    }
  }

  /// The values of a tensor, as float32.
  func floats(_ name: String) throws -> [Float] {
    guard let file = holders[name] else {
      throw InterchangeError("tensor \(name) is in none of the folder's files")
    }
    return try file.floats(name)
  }

  private mutating func add(_ name: String, _ shape: [Int], _ file: SafetensorsFile) {
    shapes[name] = shape
    holders[name] = file
  }

  private mutating func openShards(index: String, folder: String) throws {
    let json = try StrictJSON.read(index, limit: 64 << 20)
    guard let map = json.object?["weight_map"]?.object else {
      throw InterchangeError("\(index): has no weight_map object: it is not an index of shards")
    }
    var shards: [String: SafetensorsFile] = [:]
    for (name, value) in map.members {
      guard let shard = value.string, shard.hasSuffix(".safetensors") else {
        throw InterchangeError("\(index): weight_map.\(name) does not name a .safetensors file")
      }
      if shards[shard] == nil {
        shards[shard] = try SafetensorsFile(path: SafePath.resolve(shard, beneath: folder))
      }
    }
    for (shard, file) in shards {
      for tensor in file.tensors {
        guard map[tensor.name]?.string == shard else {
          throw InterchangeError("\(index): does not place tensor \(tensor.name) in \(shard)")
        }
        add(tensor.name, tensor.shape, file)
      }
    }
    for (name, value) in map.members where holders[name] == nil {
      throw InterchangeError("\(index): tensor \(name) is not in \(value.string ?? "any shard")")
    }
  }

  /// Pickled weights can run code when they are read, so Python does that, under the user's eyes.
  private static func conversionAdvice(_ folder: String) -> String {
    "\(folder): holds only pytorch_model.bin, which is a Python pickle: convert it once, in that "
      + "folder, with: python3 -c \"import torch; from safetensors.torch import save_file; "
      + "save_file({k: v.clone() for k, v in torch.load('pytorch_model.bin', map_location='cpu', "
      + "weights_only=True).items()}, 'model.safetensors', metadata={'format': 'pt'})\""
  }
}
