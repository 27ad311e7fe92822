public import Files

/// A safetensors file, checked in full when it is opened; values are read when asked for.
public final class SafetensorsFile {
  /// The path as given.
  public let path: String
  /// The strings of `__metadata__`.
  public let metadata: [String: String]
  /// The tensors, in the order of their values in the file.
  public let tensors: [SafetensorsTensor]
  /// What tells the open file from one that took its place since.
  public var signature: StatSignature { file.signature }

  private let file: RegularFile
  private let payloadStart: Int
  // By the bytes of the name: Swift takes two spellings of an accented letter for one.
  private let places: [[UInt8]: Int]

  /// Opens and checks the file at `path`.
  ///
  /// - Throws: `FileError` if it cannot be read or its header is not strict JSON;
  ///   `InterchangeError` if the header breaks any other rule of the format.
  public init(path: String) throws {
    self.path = path
    file = try RegularFile(path)
    try PointerFile.refuse(
      file.read(at: 0, count: min(file.size, PointerFile.length), as: UInt8.self), path: path)
    let header = try SafetensorsHeader(of: file)
    metadata = header.metadata
    tensors = header.tensors
    payloadStart = header.payloadStart
    places = Dictionary(
      zip(header.tensors.map { Array($0.name.utf8) }, header.tensors.indices),
      uniquingKeysWith: { first, _ in first })
  }

  /// The tensor called `name`, if there is one.
  public func tensor(_ name: String) -> SafetensorsTensor? {
    places[Array(name.utf8)].map { tensors[$0] }
  }

  /// The values of a tensor of floats, rounded to single precision.
  ///
  /// - Parameter name: A tensor of type F32, F16, BF16 or F64.
  /// - Returns: The values, last dimension fastest.
  /// - Throws: `InterchangeError` if there is no such tensor of floats, `FileError` if it cannot be
  ///   read.
  public func floats(_ name: String) throws -> [Float] {
    let tensor = try existing(name)
    switch tensor.type {
    case .float32: return try read(tensor)
    case .float64: return try convert(tensor) { (value: Double) in Float(value) }
    case .float16: return try convert(tensor) { (bits: UInt16) in Float(Float16(bitPattern: bits)) }
    case .bfloat16:
      return try convert(tensor) { (bits: UInt16) in BFloat16.float(bits) }
    default: throw mismatch(tensor, "floats (F32, F16, BF16 or F64)")
    }
  }

  /// The values of a tensor of integers.
  ///
  /// - Parameter name: A tensor of any integer type up to 64 bits signed, or BOOL.
  /// - Returns: The values, last dimension fastest.
  /// - Throws: `InterchangeError` if there is no such tensor of integers, `FileError` if it cannot be
  ///   read.
  public func integers(_ name: String) throws -> [Int64] {
    let tensor = try existing(name)
    switch tensor.type {
    case .int64: return try read(tensor)
    case .int32: return try convert(tensor) { (value: Int32) in Int64(value) }
    case .uint32: return try convert(tensor) { (value: UInt32) in Int64(value) }
    case .int16: return try convert(tensor) { (value: Int16) in Int64(value) }
    case .uint16: return try convert(tensor) { (value: UInt16) in Int64(value) }
    case .int8: return try convert(tensor) { (value: Int8) in Int64(value) }
    case .uint8, .bool: return try convert(tensor) { (value: UInt8) in Int64(value) }
    default: throw mismatch(tensor, "integers")
    }
  }

  /// Fills `values` with the floats of a tensor from element `first` on.
  ///
  /// - Parameters:
  ///   - name: A tensor of type F32, or BF16, which is widened.
  ///   - first: The first element, counted as the values lie, last dimension fastest.
  ///   - values: As many as are wanted.
  /// - Throws: `InterchangeError` if there is no such tensor or it ends before, `FileError` if it
  ///   cannot be read.
  public func readFloats(
    _ name: String, from first: Int, into values: inout MutableSpan<Float>
  ) throws {
    let tensor = try existing(name)
    let start = try place(tensor, first..<first + values.count)
    switch tensor.type {
    case .float32: try file.read(at: start, into: &values)
    case .bfloat16:
      let stored = try file.read(at: start, count: values.count, as: UInt16.self)
      for (index, bits) in stored.enumerated() { values[index] = BFloat16.float(bits) }
    default: throw mismatch(tensor, "floats (F32 or BF16)")
    }
    try file.checkUnchanged()
  }

  /// Some elements of a tensor of 64-bit integers.
  ///
  /// - Throws: `InterchangeError` if there is no such tensor or it ends before, `FileError` if it
  ///   cannot be read.
  public func int64s(_ name: String, range: Range<Int>) throws -> [Int64] {
    let tensor = try existing(name)
    guard tensor.type == .int64 else { throw mismatch(tensor, "64-bit integers") }
    let values = try file.read(at: place(tensor, range), count: range.count, as: Int64.self)
    try file.checkUnchanged()
    return values
  }

  /// The byte at which elements of a tensor of whole bytes begin.
  private func place(_ tensor: SafetensorsTensor, _ elements: Range<Int>) throws -> Int {
    guard elements.lowerBound >= 0, elements.upperBound <= tensor.count else {
      throw InterchangeError(
        "\(path): tensor \(tensor.name) has \(tensor.count) elements, not \(elements.upperBound)")
    }
    return payloadStart + tensor.range.lowerBound + elements.lowerBound * (tensor.type.bits / 8)
  }

  /// Whether the file ends with a seal, right or wrong.
  public var isSealed: Bool {
    guard let seal = tensors.last else { return false }
    return seal.name == SafetensorsWriter.sealName && seal.type == .uint8 && seal.shape == [32]
  }

  /// Checks the seal that `SafetensorsWriter` puts at the end: the file's last 32 bytes are the
  /// SHA-256 of all before them.
  ///
  /// - Throws: `InterchangeError` if the file has no seal or its bytes are not those that were sealed.
  public func verifySeal() throws {
    guard isSealed, let seal = tensors.last else {
      throw InterchangeError("\(path): has no seal")
    }
    let sealed: [UInt8] = try read(seal)
    guard try file.digest(of: 0..<file.size - sealed.count).bytes == sealed else {
      throw InterchangeError("\(path): is damaged: its bytes do not have the SHA-256 of its seal")
    }
  }

  private func existing(_ name: String) throws -> SafetensorsTensor {
    guard let tensor = tensor(name) else {
      throw InterchangeError("\(path): has no tensor \(name)")
    }
    return tensor
  }

  private func mismatch(_ tensor: SafetensorsTensor, _ wanted: String) -> InterchangeError {
    InterchangeError(
      "\(path): tensor \(tensor.name) is \(tensor.type.rawValue); \(wanted) are wanted")
  }

  /// Reads values as they are stored.
  ///
  /// That they lie within the file was checked with the header.
  private func read<Stored: PlainNumber>(_ tensor: SafetensorsTensor) throws -> [Stored] {
    let values = try file.read(
      at: payloadStart + tensor.range.lowerBound, count: tensor.count, as: Stored.self)
    try file.checkUnchanged()
    return values
  }

  /// Reads values in pieces and converts each.
  private func convert<Stored: PlainNumber, Value>(
    _ tensor: SafetensorsTensor, _ conversion: (Stored) -> Value
  ) throws -> [Value] {
    var values: [Value] = []
    values.reserveCapacity(tensor.count)
    let start = payloadStart + tensor.range.lowerBound
    let size = tensor.type.bits / 8
    while values.count < tensor.count {
      let count = min(1 << 18, tensor.count - values.count)
      let piece = try file.read(at: start + values.count * size, count: count, as: Stored.self)
      for stored in piece { values.append(conversion(stored)) }
    }
    try file.checkUnchanged()
    return values
  }
}
