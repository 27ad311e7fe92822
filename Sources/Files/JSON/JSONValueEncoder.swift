extension JSONValue {
  /// What a value encodes itself as, objects with their members in byte order.
  ///
  /// - Throws: `EncodingError` for a number that is not finite or does not fit 64 bits; what the value
  ///   throws.
  public init(encoding value: some Encodable) throws {
    let place = JSONPlace()
    try place.put(value, at: [])
    self = place.value
  }
}

/// A place in a tree of values that is being built: containers fill theirs bit by bit.
private final class JSONPlace {
  private var scalar: JSONValue?
  private var elements: [JSONPlace]?
  private var members: [String: JSONPlace] = [:]

  var value: JSONValue {
    if let scalar { return scalar }
    if let elements { return .array(elements.map(\.value)) }
    return .sorted(members.mapValues(\.value))
  }

  var count: Int { elements?.count ?? 0 }

  func makeArray() { elements = [] }

  func putNull() { scalar = .null }

  func put(_ value: some Encodable, at path: [any CodingKey]) throws {
    func refusal(_ why: String) -> EncodingError {
      .invalidValue(value, EncodingError.Context(codingPath: path, debugDescription: why))
    }
    switch value {
    case let value as Bool: scalar = .boolean(value)
    case let value as String: scalar = .string(value)
    case let value as any BinaryFloatingPoint:
      guard value.isFinite else { throw refusal("JSON has no word for \(value)") }
      scalar = .real(Double(value))
    case let value as any BinaryInteger:
      guard let number = Int(exactly: value) else { throw refusal("\(value) exceeds 64 bits") }
      scalar = .integer(number)
    default: try value.encode(to: JSONValueEncoder(place: self, codingPath: path))
    }
  }

  /// A new place at the end of an array.
  func element() -> JSONPlace {
    let place = JSONPlace()
    elements?.append(place)
    return place
  }

  /// A new place under a name of an object.
  func member(_ name: String) -> JSONPlace {
    let place = JSONPlace()
    members[name] = place
    return place
  }
}

/// Encodes into a place.
private struct JSONValueEncoder: Encoder, SingleValueEncodingContainer {
  let place: JSONPlace
  let codingPath: [any CodingKey]
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
    KeyedEncodingContainer(JSONMemberEncoder<Key>(place: place, codingPath: codingPath))
  }

  func unkeyedContainer() -> any UnkeyedEncodingContainer {
    place.makeArray()
    return JSONElementEncoder(place: place, codingPath: codingPath)
  }

  func singleValueContainer() -> any SingleValueEncodingContainer { self }
  func encodeNil() { place.putNull() }
  func encode(_ value: some Encodable) throws { try place.put(value, at: codingPath) }
}

/// Encodes the members of an object.
private struct JSONMemberEncoder<Key: CodingKey>: KeyedEncodingContainerProtocol {
  let place: JSONPlace
  let codingPath: [any CodingKey]

  func encodeNil(forKey key: Key) { place.member(key.stringValue).putNull() }

  func encode(_ value: some Encodable, forKey key: Key) throws {
    try place.member(key.stringValue).put(value, at: codingPath + [key])
  }

  func nestedContainer<NestedKey: CodingKey>(
    keyedBy type: NestedKey.Type, forKey key: Key
  ) -> KeyedEncodingContainer<NestedKey> { encoder(key.stringValue).container(keyedBy: type) }

  func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
    encoder(key.stringValue).unkeyedContainer()
  }

  func superEncoder() -> any Encoder { encoder("super") }
  func superEncoder(forKey key: Key) -> any Encoder { encoder(key.stringValue) }

  private func encoder(_ name: String) -> JSONValueEncoder {
    JSONValueEncoder(place: place.member(name), codingPath: codingPath)
  }
}

/// Encodes the elements of an array.
private struct JSONElementEncoder: UnkeyedEncodingContainer {
  let place: JSONPlace
  let codingPath: [any CodingKey]
  var count: Int { place.count }

  func encodeNil() { place.element().putNull() }
  func encode(_ value: some Encodable) throws { try place.element().put(value, at: codingPath) }

  func nestedContainer<NestedKey: CodingKey>(
    keyedBy type: NestedKey.Type
  ) -> KeyedEncodingContainer<NestedKey> { encoder().container(keyedBy: type) }

  func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { encoder().unkeyedContainer() }
  func superEncoder() -> any Encoder { encoder() }

  private func encoder() -> JSONValueEncoder {
    JSONValueEncoder(place: place.element(), codingPath: codingPath)
  }
}
