internal import Files

/// The header of a safetensors file, checked against all the format promises.
///
/// The reference reader's rules (huggingface/safetensors): a length of at most 100 MB, strict JSON that
/// starts with `{`, known types, spans that fit type and shape, and a payload covered exactly once.
/// Beyond them: keys must be unique and at most eight dimensions.
struct SafetensorsHeader {
  static let lengthLimit = 100_000_000
  static let rankLimit = 8
  static let metadataKey = "__metadata__"

  let path: String
  let metadata: [String: String]
  let tensors: [SafetensorsTensor]  // in the order of their values
  let payloadStart: Int

  /// Reads and checks the header of `file`.
  init(of file: RegularFile) throws {
    let path = file.path
    self.path = path
    func refuse(_ reason: String) -> InterchangeError {
      InterchangeError("\(path): is not a safetensors file: \(reason)")
    }
    guard file.size >= 8 else { throw refuse("it has only \(file.size) bytes") }
    let length = try file.read(at: 0, count: 1, as: UInt64.self)[0]
    guard length <= Self.lengthLimit else {
      throw refuse("its header claims \(length) bytes, more than \(Self.lengthLimit)")
    }
    guard Int(length) <= file.size - 8 else {
      throw refuse("its header claims \(length) bytes, the file has \(file.size)")
    }
    let bytes = try file.read(at: 8, count: Int(length), as: UInt8.self)
    guard bytes.first == UInt8(ascii: "{") else { throw refuse("its header does not start with {") }
    guard let object = try StrictJSON.parse(bytes, path: path).object else {
      throw refuse("its header is not an object")
    }
    payloadStart = 8 + bytes.count
    metadata = try Self.metadata(in: object, path)
    let listed = try object.members.filter { $0.name != Self.metadataKey }
      .map { try Self.tensor($0.name, $0.value, path) }
    tensors = listed.sorted {
      ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound)
    }
    try checkCoverage(payload: file.size - payloadStart)
  }

  private static func metadata(in object: JSONObject, _ path: String) throws -> [String: String] {
    guard let value = object[metadataKey] else { return [:] }
    guard let members = value.object?.members else {
      throw InterchangeError("\(path): \(metadataKey) is \(value.kindName), not an object")
    }
    var metadata: [String: String] = [:]
    for (name, value) in members {
      guard let text = value.string else {
        throw InterchangeError(
          "\(path): \(metadataKey) maps \(name) to \(value.kindName), not to a string")
      }
      guard metadata.updateValue(text, forKey: name) == nil else {
        throw InterchangeError("\(path): \(metadataKey) has two spellings of the key \(name)")
      }
    }
    return metadata
  }

  /// Checks what a tensor's entry says by itself.
  private static func tensor(
    _ name: String, _ value: JSONValue, _ path: String
  ) throws -> SafetensorsTensor {
    func refuse(_ reason: String) -> InterchangeError {
      InterchangeError("\(path): tensor \(name): \(reason)")
    }
    guard let entry = value.object else { throw refuse("its entry is \(value.kindName)") }
    let known = ["dtype", "shape", "data_offsets"]
    for member in entry.members where !known.contains(member.name) {
      throw refuse("its entry has the unknown key \(member.name)")
    }
    guard let typeName = entry["dtype"]?.string else { throw refuse("has no dtype") }
    guard let type = SafetensorsType(rawValue: typeName) else {
      throw refuse("has the unknown dtype \(typeName)")
    }
    guard let extents = entry["shape"]?.array else { throw refuse("has no shape") }
    guard extents.count <= rankLimit else {
      throw refuse("has \(extents.count) dimensions, more than \(rankLimit)")
    }
    let shape = try extents.map { extent in
      guard let number = extent.integer, number >= 0 else {
        throw refuse("has a shape with an extent that is no whole number from 0")
      }
      return number
    }
    guard let offsets = entry["data_offsets"]?.array, offsets.count == 2,
      let begin = offsets[0].integer, let end = offsets[1].integer, begin >= 0
    else { throw refuse("its data_offsets are not two whole numbers from 0") }
    guard begin <= end else { throw refuse("its data_offsets end before they begin") }
    guard let bytes = byteCount(type, shape) else {
      throw refuse("its shape \(shape) is impossible for \(typeName)")
    }
    guard bytes == end - begin else {
      throw refuse(
        "its \(typeName) values of shape \(shape) take \(bytes) bytes, not \(end - begin)")
    }
    return SafetensorsTensor(name: name, type: type, shape: shape, range: begin..<end)
  }

  /// Bytes of a tensor; nil if they are not a whole number or too many for the machine.
  private static func byteCount(_ type: SafetensorsType, _ shape: [Int]) -> Int? {
    var bits = type.bits
    for extent in shape {
      let (product, overflow) = bits.multipliedReportingOverflow(by: extent)
      if overflow { return nil }
      bits = product
    }
    return bits.isMultiple(of: 8) ? bits / 8 : nil
  }

  /// Checks that the tensors cover the payload: no overlap, no hole, nothing after the last.
  private func checkCoverage(payload: Int) throws {
    var end = 0
    for tensor in tensors {
      guard tensor.range.lowerBound >= end else {
        throw InterchangeError("\(path): tensor \(tensor.name) overlaps the one before")
      }
      guard tensor.range.lowerBound == end else {
        throw InterchangeError(
          "\(path): \(tensor.range.lowerBound - end) bytes before tensor \(tensor.name) belong to none"
        )
      }
      end = tensor.range.upperBound
    }
    guard end <= payload else {
      throw InterchangeError(
        "\(path): is cut short: its tensors take \(end) bytes, \(payload) are there")
    }
    guard end == payload else {
      throw InterchangeError("\(path): has \(payload - end) bytes after its last tensor")
    }
  }
}
