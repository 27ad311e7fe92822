internal import CHDF5

/// The type of a dataset's elements; little-endian on disk, on every machine.
public enum Element: String, Sendable, Hashable, Codable, CaseIterable {
  /// IEEE 754 single precision.
  case float32
  /// 32-bit signed integers.
  case int32
  /// 64-bit signed integers.
  case int64
  /// Bytes; text is kept as bytes and offsets.
  case uint8

  /// Bytes of one element.
  public var size: Int {
    switch self {
    case .float32, .int32: 4
    case .int64: 8
    case .uint8: 1
    }
  }

  /// The library's identifier of the type, in memory as on disk.
  func identifier() -> hid_t {
    switch self {
    case .float32: chdf5_float32()
    case .int32: chdf5_int32()
    case .int64: chdf5_int64()
    case .uint8: chdf5_uint8()
    }
  }
}

/// How a dataset lies in the file.
public enum Storage: Sendable, Hashable {
  /// In one piece, as it is: for weights, which do not compress.
  case contiguous
  /// In chunks, byte-shuffled, deflated and checksummed: for ids and text.
  case compressed
}

/// What is known of a dataset without reading its values.
public struct DatasetInfo: Sendable, Hashable {
  /// The path within the file, as in `weights/classifier.bias`.
  public let name: String
  /// The type of the elements.
  public let element: Element
  /// The extents; at least one, at most eight.
  public let shape: [Int]

  /// The number of elements.
  public var count: Int { shape.reduce(1, *) }
  /// The number of elements in one index of the first dimension.
  public var rowCount: Int { shape.dropFirst().reduce(1, *) }
  /// The bytes of all elements.
  public var byteCount: Int { count * element.size }

  /// A description of a dataset.
  public init(name: String, element: Element, shape: [Int]) {
    self.name = name
    self.element = element
    self.shape = shape
  }
}

extension DatasetInfo {
  /// Checks what can be checked before anything is done with the name and the shape.
  func validate(_ file: String) throws {
    func refuse(_ reason: String) -> HDF5Error {
      HDF5Error(.invalidDataset, path: file, detail: "dataset `\(name)` \(reason)")
    }
    let parts = name.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    guard name.utf8.count <= ArtifactFormat.nameLimit, parts.count <= ArtifactFormat.depthLimit,
      parts.allSatisfy({
        !$0.isEmpty && !$0.elementsEqual(".".utf8) && !$0.elementsEqual("..".utf8)
      }),
      !name.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F })
    else { throw refuse("has an unacceptable name") }
    guard (1...ArtifactFormat.rankLimit).contains(shape.count) else {
      throw refuse("has \(shape.count) dimensions, not 1 to \(ArtifactFormat.rankLimit)")
    }
    var bytes = element.size
    for extent in shape where extent != 0 {
      let (product, overflow) = bytes.multipliedReportingOverflow(by: extent)
      guard extent > 0, !overflow, product < Int.max / 2 else {
        throw refuse("has an impossible shape \(shape)")
      }
      bytes = product
    }
  }
}
