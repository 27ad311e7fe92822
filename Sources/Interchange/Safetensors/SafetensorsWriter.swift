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
    let floats = layout.map { Entry($0.name, .float32, shape: $0.shape) }
    return try stream(to: path, metadata: metadata, isSealed: isSealed, layout: floats) { writer in
      for tensor in sorted(floats) {
        let numbers = try values(tensor.name)
        precondition(
          numbers.count == tensor.shape.reduce(1, *),
          "\(numbers.count) values for \(tensor.name) of shape \(tensor.shape)")
        try writer.write(numbers)
      }
    }
  }

  /// A tensor to be written.
  public struct Entry: Sendable, Hashable {
    /// The name.
    public let name: String
    /// The type of the elements: one of whole bytes.
    public let type: SafetensorsType
    /// The extents.
    public let shape: [Int]

    /// A tensor of this name, type and shape.
    public init(_ name: String, _ type: SafetensorsType, shape: [Int]) {
      self.name = name
      self.type = type
      self.shape = shape
    }

    /// Bytes of its values.
    var byteCount: Int { shape.reduce(type.bits / 8, *) }
  }

  /// Writes tensors too large for memory, piece by piece.
  ///
  /// - Parameters:
  ///   - path: The file to create or replace.
  ///   - metadata: Strings for `__metadata__`, beside `"format": "pt"`.
  ///   - isSealed: Whether the SHA-256 of all bytes follows as a last tensor, for `verifySeal`.
  ///   - layout: The tensors, each name once.
  ///   - body: Writes all values, tensor after tensor in byte order of the names.
  /// - Returns: The SHA-256 of the file.
  /// - Throws: What `body` throws, or `FileError` if the file cannot be written; the old file is
  ///   untouched.
  @discardableResult
  public static func stream(
    to path: String, metadata: [String: String] = [:], isSealed: Bool, layout: [Entry],
    _ body: (inout FileWriter) throws -> Void
  ) throws -> Digest {
    let header = try header(sorted(layout), metadata, isSealed: isSealed)
    return try AtomicFile.stream(to: path) { writer in
      try writer.write([UInt64(header.count)])
      try writer.write(header)
      let start = writer.count
      try body(&writer)
      let expected = layout.reduce(0) { $0 + $1.byteCount }
      precondition(
        writer.count - start == expected, "\(writer.count - start) bytes of \(expected) declared")
      if isSealed { try writer.write(try writer.digestSoFar().bytes) }
    }
  }

  /// The bytes of the file that `stream` would write.
  ///
  /// - Throws: `FileError` if the header cannot be encoded.
  public static func size(
    metadata: [String: String] = [:], isSealed: Bool, layout: [Entry]
  ) throws -> Int {
    let header = try header(sorted(layout), metadata, isSealed: isSealed)
    return 8 + header.count + layout.reduce(isSealed ? 32 : 0) { $0 + $1.byteCount }
  }

  private static func sorted(_ layout: [Entry]) -> [Entry] {
    layout.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
  }

  /// The header, padded with spaces so that the values start at a multiple of 8 bytes.
  private static func header(
    _ tensors: [Entry], _ metadata: [String: String], isSealed: Bool
  ) throws -> [UInt8] {
    var strings = JSONObject([("format", .string("pt"))])
    for (name, text) in metadata.sorted(by: { $0.key < $1.key }) {
      let isNew = strings.append(name, .string(text))
      precondition(isNew, "the metadata key \(name) is the writer's own")
    }
    var object = JSONObject([(SafetensorsHeader.metadataKey, .object(strings))])
    var offset = 0
    func declare(_ tensor: Entry) {
      let end = offset + tensor.byteCount
      let isNew = object.append(
        tensor.name,
        .object(
          JSONObject([
            ("dtype", .string(tensor.type.rawValue)),
            ("shape", .array(tensor.shape.map { .integer($0) })),
            ("data_offsets", .array([.integer(offset), .integer(end)])),
          ])))
      precondition(isNew, "the tensor \(tensor.name) is given twice")
      offset = end
    }
    for tensor in tensors { declare(tensor) }
    if isSealed { declare(Entry(sealName, .uint8, shape: [32])) }
    var bytes = try JSONValue.object(object).encoded()
    while !bytes.count.isMultiple(of: 8) { bytes.append(UInt8(ascii: " ")) }
    return bytes
  }
}
