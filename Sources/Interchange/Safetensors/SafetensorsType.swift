/// The element types of the safetensors format.
public enum SafetensorsType: String, Sendable, Hashable, CaseIterable {
  // The names are the format's own.
  /// Truth values, one byte each.
  case bool = "BOOL"
  /// Four-bit floats.
  case float4 = "F4"
  /// Six-bit floats, two exponent bits.
  case float6e2m3 = "F6_E2M3"
  /// Six-bit floats, three exponent bits.
  case float6e3m2 = "F6_E3M2"
  /// Bytes.
  case uint8 = "U8"
  /// Signed bytes.
  case int8 = "I8"
  /// Eight-bit floats, five exponent bits.
  case float8e5m2 = "F8_E5M2"
  /// Eight-bit floats, four exponent bits.
  case float8e4m3 = "F8_E4M3"
  /// Eight-bit floats, exponent only.
  case float8e8m0 = "F8_E8M0"
  /// 16-bit integers.
  case int16 = "I16"
  /// Unsigned 16-bit integers.
  case uint16 = "U16"
  /// IEEE 754 half precision.
  case float16 = "F16"
  /// The upper half of a single-precision float.
  case bfloat16 = "BF16"
  /// 32-bit integers.
  case int32 = "I32"
  /// Unsigned 32-bit integers.
  case uint32 = "U32"
  /// IEEE 754 single precision.
  case float32 = "F32"
  /// Complex numbers of two single-precision floats.
  case complex64 = "C64"
  /// IEEE 754 double precision.
  case float64 = "F64"
  /// 64-bit integers.
  case int64 = "I64"
  /// Unsigned 64-bit integers.
  case uint64 = "U64"

  /// Bits of one element.
  public var bits: Int {
    switch self {
    case .float4: 4
    case .float6e2m3, .float6e3m2: 6
    case .bool, .uint8, .int8, .float8e5m2, .float8e4m3, .float8e8m0: 8
    case .int16, .uint16, .float16, .bfloat16: 16
    case .int32, .uint32, .float32: 32
    case .complex64, .float64, .int64, .uint64: 64
    }
  }
}

/// One tensor of a safetensors file, without its values.
public struct SafetensorsTensor: Sendable, Hashable {
  /// The name.
  public let name: String
  /// The type of the elements.
  public let type: SafetensorsType
  /// The extents; none for a single value.
  public let shape: [Int]
  /// Where the values are, in bytes after the header.
  let range: Range<Int>

  /// The number of elements.
  public var count: Int { shape.reduce(1, *) }
}
