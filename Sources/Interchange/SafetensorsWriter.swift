public import Files

/// Writes safetensors files of single-precision tensors, front to back, whole or not at all.
///
/// The tensors come in byte order of their names, so equal content gives equal bytes.
public enum SafetensorsWriter {
  /// The name of the tensor that seals a checkpoint.
  public static let sealName = "distill.sha256"

  /// Writes tensors that are in memory.
  ///
  /// - Parameters:
  ///   - path: The file to create or replace.
  ///   - metadata: Strings for `__metadata__`, beside `"format": "pt"`.
  ///   - isSealed: Whether the SHA-256 of all bytes follows as a last tensor, for `verifySeal`.
  ///   - tensors: Each tensor once; the product of its shape is the number of its values.
  /// - Returns: The SHA-256 of the file.
  /// - Throws: `FileError` if the file cannot be written; the old file is untouched.
  @discardableResult
  public static func write(
    to path: String, metadata: [String: String] = [:], isSealed: Bool = false,
    tensors: [(name: String, shape: [Int], values: [Float])]
  ) throws -> Digest {
    let values = Dictionary(
      tensors.map { (Array($0.name.utf8), $0.values) }, uniquingKeysWith: { first, _ in first })
    return try write(
      to: path, metadata: metadata, isSealed: isSealed,
      layout: tensors.map { ($0.name, $0.shape) }
    ) { name in values[Array(name.utf8)] ?? [] }
  }

  /// Writes tensors that are made one at a time.
  ///
  /// - Parameters:
  ///   - path: The file to create or replace.
  ///   - metadata: Strings for `__metadata__`, beside `"format": "pt"`.
  ///   - isSealed: Whether the SHA-256 of all bytes follows as a last tensor, for `verifySeal`.
  ///   - layout: Name and shape of each tensor, each name once.
  ///   - values: Gives the values of the tensor it is asked for; called once for each, in byte order
  ///     of the names.
  /// - Returns: The SHA-256 of the file.
  /// - Throws: What `values` throws, or `FileError` if the file cannot be written; the old file is
  ///   untouched.
  @discardableResult
  public static func write(
    to path: String, metadata: [String: String] = [:], isSealed: Bool = false,
    layout: [(name: String, shape: [Int])], values: (String) throws -> [Float]
  ) throws -> Digest {
    let sorted = layout.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    let header = try header(sorted, metadata, isSealed: isSealed)
    return try AtomicFile.stream(to: path) { writer in
      try writer.write([UInt64(header.count)])
      try writer.write(header)
      for tensor in sorted {
        let numbers = try values(tensor.name)
        precondition(
          numbers.count == tensor.shape.reduce(1, *),
          "\(numbers.count) values for \(tensor.name) of shape \(tensor.shape)")
        try writer.write(numbers)
      }
      if isSealed { try writer.write(try writer.digestSoFar().bytes) }
    }
  }

  /// The header, padded with spaces so that the values start at a multiple of 8 bytes.
  private static func header(
    _ tensors: [(name: String, shape: [Int])], _ metadata: [String: String], isSealed: Bool
  ) throws -> [UInt8] {
    var strings = JSONObject([("format", .string("pt"))])
    for (name, text) in metadata.sorted(by: { $0.key < $1.key }) {
      let isNew = strings.append(name, .string(text))
      precondition(isNew, "the metadata key \(name) is the writer's own")
    }
    var object = JSONObject([(SafetensorsHeader.metadataKey, .object(strings))])
    var offset = 0
    func declare(_ name: String, _ type: SafetensorsType, _ shape: [Int]) {
      let end = offset + shape.reduce(type.bits / 8, *)
      let isNew = object.append(
        name,
        .object(
          JSONObject([
            ("dtype", .string(type.rawValue)),
            ("shape", .array(shape.map { .integer($0) })),
            ("data_offsets", .array([.integer(offset), .integer(end)])),
          ])))
      precondition(isNew, "the tensor \(name) is given twice")
      offset = end
    }
    for tensor in tensors { declare(tensor.name, .float32, tensor.shape) }
    if isSealed { declare(sealName, .uint8, [32]) }
    var bytes = try JSONValue.object(object).encoded()
    while !bytes.count.isMultiple(of: 8) { bytes.append(UInt8(ascii: " ")) }
    return bytes
  }
}
