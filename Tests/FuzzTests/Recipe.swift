import Files
import Foundation
import HDF5
import Interchange

/// What an input says that an artifact, or a sealed safetensors file, is to hold: JSON, so that a
/// mutation changes what is in the file and not whether its digests are right.
///
/// `{"tensors": {"ids": {"type": "I32", "shape": [3], "values": [1, 2]}}, ...}`: values are repeated
/// until there are enough.
struct Recipe {
  let document: JSONObject

  /// The most values that a tensor of a recipe gets.
  private static let countLimit = 1 << 14

  /// nil where the bytes are no recipe.
  init?(_ bytes: [UInt8]) {
    guard let object = (try? StrictJSON.parse(bytes, path: "recipe"))?.object else { return nil }
    document = object
  }

  /// A tensor to be made.
  struct Tensor {
    let name: String
    let type: String
    let shape: [Int]
    private let values: [Double]
    let count: Int

    init?(_ name: String, _ value: JSONValue) {
      guard let object = value.object, let type = object["type"]?.string,
        let extents = object["shape"]?.array
      else { return nil }
      shape = extents.compactMap(\.integer)
      var count = 1
      for extent in shape {
        guard (0...Recipe.countLimit).contains(extent), count * extent <= Recipe.countLimit
        else { return nil }
        count *= extent
      }
      (self.name, self.type, self.count) = (name, type, count)
      let given = object["values"]?.array?.compactMap(\.number) ?? []
      values = given.isEmpty ? [0] : given
    }

    /// The values as a type of number; those that it cannot hold are its nearest.
    func integers<Number: FixedWidthInteger>(as type: Number.Type = Number.self) -> [Number] {
      cycled { value in
        value.isNaN ? 0 : Number(exactly: value.rounded()) ?? (value < 0 ? .min : .max)
      }
    }

    func floats() -> [Float] { cycled { Float($0) } }

    private func cycled<Number>(_ convert: (Double) -> Number) -> [Number] {
      let converted = values.map(convert)
      return (0..<count).map { converted[$0 % converted.count] }
    }
  }

  /// The tensors under a key.
  func tensors(_ key: String) -> [Tensor] {
    (document[key]?.object?.members ?? []).compactMap { Tensor($0.name, $0.value) }
  }

  /// The member as compact JSON; `{}` without one.
  func json(_ key: String) -> [UInt8] {
    (try? document[key]?.encoded(.canonical)) ?? Array("{}".utf8)
  }

  /// A text, or an object that stands for its JSON.
  func text(_ key: String) -> String {
    document[key]?.string ?? json(key).asText
  }

  /// Writes a sealed safetensors file, which belongs to the work `key` where its own is `own`.
  func writeShard(to path: String, key: String = "") throws {
    let tensors = tensors("tensors").compactMap { tensor in
      SafetensorsType(rawValue: tensor.type).flatMap { type in
        type.bits.isMultiple(of: 8) && tensor.name != SafetensorsWriter.sealName
          ? (tensor, type) : nil
      }
    }.sorted { $0.0.name.utf8.lexicographicallyPrecedes($1.0.name.utf8) }
    var metadata: [String: String] = [:]
    for member in document["metadata"]?.object?.members ?? [] where member.name != "format" {
      let text = member.value.string ?? ((try? member.value.encoded())?.asText ?? "")
      metadata[member.name] = text == "own" ? key : text
    }
    try SafetensorsWriter.stream(
      to: path, metadata: metadata, isSealed: true,
      layout: tensors.map { SafetensorsWriter.Entry($0.0.name, $0.1, shape: $0.0.shape) }
    ) { writer in
      for (tensor, type) in tensors {
        switch type.bits {
        case 32 where type == .float32: try writer.write(tensor.floats())
        case 8: try writer.write(tensor.integers(as: UInt8.self))
        case 16: try writer.write(tensor.integers(as: UInt16.self))
        case 32: try writer.write(tensor.integers(as: Int32.self))
        default: try writer.write(tensor.integers(as: Int64.self))
        }
      }
    }
  }

  /// Writes an artifact.
  func writeArtifact(to path: String, configuration: [UInt8]) throws {
    try ArtifactWriter.write(
      to: path, kind: document["kind"]?.string ?? "", configuration: configuration,
      inputs: json("inputs"), createdBy: "fuzz"
    ) { body in
      for tensor in tensors("datasets") {
        switch tensor.type {
        case "float32":
          try body.floats(tensor.name, shape: tensor.shape, values: tensor.floats())
        case "int32":
          try body.int32s(tensor.name, shape: tensor.shape, values: tensor.integers())
        case "int64":
          try body.int64s(tensor.name, shape: tensor.shape, values: tensor.integers())
        default: try body.bytes(tensor.name, shape: tensor.shape, values: tensor.integers())
        }
      }
    }
  }
}
