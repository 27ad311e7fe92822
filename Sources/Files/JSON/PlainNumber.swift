/// A number whose memory is its file format: fixed width, every bit pattern valid, little-endian.
public protocol PlainNumber: BitwiseCopyable, Sendable {}

extension Int8: PlainNumber {}
extension UInt8: PlainNumber {}
extension Int16: PlainNumber {}
extension UInt16: PlainNumber {}
extension Int32: PlainNumber {}
extension UInt32: PlainNumber {}
extension Int64: PlainNumber {}
extension UInt64: PlainNumber {}
extension Float: PlainNumber {}
extension Double: PlainNumber {}

#if !(_endian(little))
#error("files are little-endian and values are copied as they lie: port PlainNumber first")
#endif
