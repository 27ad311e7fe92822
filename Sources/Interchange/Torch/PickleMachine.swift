/// Reads the part of Python's pickle that a dictionary of tensors needs, and executes nothing.
///
/// A pickle is a program for a stack machine, and may name any function of Python to be called
/// (CPython, `pickletools`). Of its instructions those are followed here that make plain values; the
/// names that it may give are those of torch's own state dictionaries, and stand for values too. What
/// is asked for beyond that is refused by its name.
struct PickleMachine {
  /// A value; what has parts is a place among `objects`, so that nothing is nested however a pickle is.
  enum Value {
    case none
    case boolean(Bool)
    case integer(Int)
    case real
    case text(String)
    /// An integer of more than eight bytes.
    case large([UInt8])
    case name(Name)
    case object(Int)
  }

  /// A value with parts.
  enum Object {
    case tuple([Value])
    case list([Value])
    case dictionary([(key: Value, value: Value)])
    case storage(TorchStorage)
    case view(TorchView)
  }

  /// What a pickle may name.
  enum Name {
    case dictionary
    case view
    case parameter
    case storage(SafetensorsType)
  }

  /// Why a pickle is not read.
  struct Refusal: Error {
    let reason: String
    /// Whether it asks for what Python alone could do, and would have to be trusted with.
    var needsTrust = false
  }

  /// Every name, as a pickle gives it.
  static let names: [String: Name] = [
    "collections.OrderedDict": .dictionary,
    "torch._utils._rebuild_tensor": .view, "torch._utils._rebuild_tensor_v2": .view,
    "torch._utils._rebuild_parameter": .parameter,
    "torch.FloatStorage": .storage(.float32), "torch.DoubleStorage": .storage(.float64),
    "torch.HalfStorage": .storage(.float16), "torch.BFloat16Storage": .storage(.bfloat16),
    "torch.LongStorage": .storage(.int64), "torch.IntStorage": .storage(.int32),
    "torch.ShortStorage": .storage(.int16), "torch.CharStorage": .storage(.int8),
    "torch.ByteStorage": .storage(.uint8), "torch.BoolStorage": .storage(.bool),
  ]

  private var stack: [Value] = []
  private var marks: [Int] = []
  private var memo: [Int: Value] = [:]
  private var objects: [Object] = []

  /// Follows a pickle from the cursor to its end.
  ///
  /// - Throws: `Refusal`.
  mutating func run(_ cursor: inout ByteCursor) throws -> Value {
    (stack, marks, memo) = ([], [], [:])
    while true {
      guard let code = cursor.take(1)?.first else { throw Refusal(reason: "it ends early") }
      if code == UInt8(ascii: ".") { return try pop() }
      try follow(code, &cursor)
    }
  }

  /// The parts of a tuple or a list; nil for anything else.
  func items(_ value: Value) -> [Value]? {
    guard case .object(let place) = value else { return nil }
    return switch objects[place] {
    case .tuple(let items), .list(let items): items
    default: nil
    }
  }

  /// The entries of a dictionary; nil for anything else.
  func entries(_ value: Value) -> [(key: Value, value: Value)]? {
    guard case .object(let place) = value, case .dictionary(let entries) = objects[place] else {
      return nil
    }
    return entries
  }

  /// A tensor; nil for anything else.
  func view(_ value: Value) -> TorchView? {
    guard case .object(let place) = value, case .view(let view) = objects[place] else { return nil }
    return view
  }

  // The codes are those of `pickletools`, in the order in which it explains them.
  private mutating func follow(_ code: UInt8, _ cursor: inout ByteCursor) throws {
    switch code {
    case 0x80:  // PROTO
      guard let version = cursor.number(1), version == 2 else {
        throw Refusal(reason: "it is no pickle of protocol 2, which torch.save writes")
      }
    case UInt8(ascii: "J"):  // BININT
      stack.append(.integer(Int(Int32(truncatingIfNeeded: try number(4, &cursor)))))
    case UInt8(ascii: "K"): stack.append(.integer(try number(1, &cursor)))  // BININT1
    case UInt8(ascii: "M"): stack.append(.integer(try number(2, &cursor)))  // BININT2
    case 0x8A: stack.append(Self.long(try take(number(1, &cursor), &cursor)))  // LONG1
    case UInt8(ascii: "G"):  // BINFLOAT
      _ = try take(8, &cursor)
      stack.append(.real)
    case UInt8(ascii: "X"):  // BINUNICODE
      stack.append(try Self.text(take(number(4, &cursor), &cursor)))
    case UInt8(ascii: "U"):  // SHORT_BINSTRING
      stack.append(try Self.text(take(number(1, &cursor), &cursor)))
    case UInt8(ascii: "N"): stack.append(.none)
    case 0x88: stack.append(.boolean(true))
    case 0x89: stack.append(.boolean(false))
    case UInt8(ascii: "]"): make(.list([]))
    case UInt8(ascii: "a"): try extendList([pop()])  // APPEND
    case UInt8(ascii: "e"): try extendList(popToMark())  // APPENDS
    case UInt8(ascii: ")"): make(.tuple([]))
    case UInt8(ascii: "t"): make(.tuple(try popToMark()))
    case 0x85...0x87: make(.tuple(try pop(Int(code) - 0x84)))  // TUPLE1 to TUPLE3
    case UInt8(ascii: "}"): make(.dictionary([]))
    case UInt8(ascii: "s"): try extendDictionary(pop(2))  // SETITEM
    case UInt8(ascii: "u"): try extendDictionary(popToMark())  // SETITEMS
    case UInt8(ascii: "("): marks.append(stack.count)
    case UInt8(ascii: "0"): _ = try pop()
    case UInt8(ascii: "q"): memo[try number(1, &cursor)] = try top()  // BINPUT
    case UInt8(ascii: "r"): memo[try number(4, &cursor)] = try top()  // LONG_BINPUT
    case UInt8(ascii: "h"): stack.append(try remembered(number(1, &cursor)))  // BINGET
    case UInt8(ascii: "j"): stack.append(try remembered(number(4, &cursor)))  // LONG_BINGET
    case UInt8(ascii: "c"): stack.append(.name(try name(&cursor)))  // GLOBAL
    case UInt8(ascii: "R"): try call()  // REDUCE
    case UInt8(ascii: "b"): try build()
    case UInt8(ascii: "Q"): try makeStorage()  // BINPERSID
    default:
      throw Refusal(
        reason: "it has the instruction \(String(code, radix: 16)), which no dictionary of tensors "
          + "needs", needsTrust: true)
    }
  }

  // MARK: The stack

  private mutating func make(_ object: Object) {
    stack.append(.object(objects.count))
    objects.append(object)
  }

  private func top() throws -> Value {
    guard let last = stack.last, stack.count > marks.last ?? 0 else { throw Self.damaged }
    return last
  }

  private mutating func pop() throws -> Value {
    let last = try top()
    stack.removeLast()
    return last
  }

  private mutating func pop(_ count: Int) throws -> [Value] {
    var values: [Value] = []
    for _ in 0..<max(0, count) { values.append(try pop()) }
    return values.reversed()
  }

  private mutating func popToMark() throws -> [Value] {
    guard let mark = marks.popLast() else { throw Self.damaged }
    let values = Array(stack[mark...])
    stack.removeLast(values.count)
    return values
  }

  private func remembered(_ place: Int) throws -> Value {
    guard let value = memo[place] else { throw Self.damaged }
    return value
  }

  private static let damaged = Refusal(reason: "it is damaged")

  // MARK: Parts of instructions

  private func take(_ count: Int, _ cursor: inout ByteCursor) throws -> ArraySlice<UInt8> {
    guard let bytes = cursor.take(count) else { throw Refusal(reason: "it ends early") }
    return bytes
  }

  private func number(_ size: Int, _ cursor: inout ByteCursor) throws -> Int {
    guard let number = cursor.number(size) else { throw Refusal(reason: "it ends early") }
    return number
  }

  private static func long(_ bytes: ArraySlice<UInt8>) -> Value {
    guard bytes.count <= 8 else { return .large(Array(bytes)) }
    let isNegative = bytes.last.map { $0 >= 0x80 } ?? false
    let filled =
      Array(bytes) + [UInt8](repeating: isNegative ? 0xFF : 0, count: 8).dropFirst(bytes.count)
    return .integer(filled.reversed().reduce(0) { $0 << 8 | Int($1) })
  }

  private static func text(_ bytes: ArraySlice<UInt8>) throws -> Value {
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw Refusal(reason: "it has a text that is no UTF-8")
    }
    return .text(text)
  }

  private func name(_ cursor: inout ByteCursor) throws -> Name {
    guard let module = cursor.line(limit: 256), let name = cursor.line(limit: 256) else {
      throw Refusal(reason: "it names something of more than 256 bytes")
    }
    let text = String(decoding: module, as: UTF8.self) + "." + String(decoding: name, as: UTF8.self)
    guard let known = Self.names[text] else {
      throw Refusal(reason: "it asks Python for \(text), which is not run here", needsTrust: true)
    }
    return known
  }

  // MARK: What is made

  private mutating func extendList(_ values: [Value]) throws {
    guard case .object(let place) = try top(), case .list(var items) = objects[place] else {
      throw Self.damaged
    }
    objects[place] = .list([])  // so that the items are extended where they are
    items += values
    objects[place] = .list(items)
  }

  private mutating func extendDictionary(_ values: [Value]) throws {
    guard case .object(let place) = try top(), case .dictionary(var entries) = objects[place],
      values.count.isMultiple(of: 2)
    else { throw Self.damaged }
    objects[place] = .dictionary([])
    for index in stride(from: 0, to: values.count, by: 2) {
      entries.append((values[index], values[index + 1]))
    }
    objects[place] = .dictionary(entries)
  }

  /// An attribute of a dictionary, such as its `_metadata`, says nothing of tensors.
  private mutating func build() throws {
    _ = try pop()
    guard case .object(let place) = try top(), case .dictionary = objects[place] else {
      throw Self.damaged
    }
  }

  private mutating func call() throws {
    let (arguments, callee) = (items(try pop()) ?? [], try pop())
    guard case .name(let name) = callee else { throw Self.damaged }
    switch name {
    case .dictionary:
      // Python 2 gives a list of pairs.
      let pairs = try arguments.first.map { list in
        try (items(list) ?? []).map { pair in
          guard let parts = items(pair), parts.count == 2, let key = parts.first,
            let value = parts.last
          else { throw Self.damaged }
          return (key: key, value: value)
        }
      }
      make(.dictionary(pairs ?? []))
    case .view: make(.view(try makeView(arguments)))
    case .parameter:
      guard let view = arguments.first else { throw Self.damaged }
      stack.append(view)
    case .storage: throw Self.damaged
    }
  }

  private func makeView(_ arguments: [Value]) throws -> TorchView {
    let parts = Array(arguments.prefix(4))
    guard parts.count == 4, case .object(let place) = parts[0],
      case .storage(let storage) = objects[place], case .integer(let offset) = parts[1],
      let shape = integers(parts[2]), let strides = integers(parts[3])
    else { throw Self.damaged }
    guard let view = TorchView(storage, offset: offset, shape: shape, strides: strides) else {
      throw Refusal(
        reason: "it has a tensor of shape \(shape.prefix(9)) and strides \(strides.prefix(9)) "
          + "that its storage of \(storage.count) numbers does not hold each once")
    }
    return view
  }

  private func integers(_ value: Value) -> [Int]? {
    guard let items = items(value) else { return nil }
    let numbers = items.compactMap { item in
      if case .integer(let number) = item { number } else { nil as Int? }
    }
    return numbers.count == items.count ? numbers : nil
  }

  /// `("storage", type, key, device, count)`, and a sixth for views in files of 2016.
  private mutating func makeStorage() throws {
    guard let parts = items(try pop()), parts.count == 5 || parts.count == 6,
      case .text("storage") = parts[0], case .name(.storage(let type)) = parts[1],
      case .text(let key) = parts[2], case .integer(let count) = parts[4], count >= 0
    else { throw Self.damaged }
    if let last = parts.dropFirst(5).first {
      guard case .none = last else {
        throw Refusal(reason: "it is of a torch before version 0.4, with views of storages")
      }
    }
    make(.storage(TorchStorage(key: key, type: type, count: count)))
  }
}
