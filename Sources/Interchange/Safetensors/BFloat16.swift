/// The upper half of a single-precision float: its sign, its exponent and seven bits.
public enum BFloat16 {
  /// The bits of the bfloat16 next to `value`, ties to even; NaN stays NaN.
  public static func bits(of value: Float) -> UInt16 {
    let bits = value.bitPattern
    if value.isNaN { return UInt16(bits >> 16) | 0x40 }
    return UInt16(truncatingIfNeeded: (bits + 0x7FFF + (bits >> 16 & 1)) >> 16)
  }

  /// The float that these bits are the upper half of.
  public static func float(_ bits: UInt16) -> Float { Float(bitPattern: UInt32(bits) << 16) }
}
