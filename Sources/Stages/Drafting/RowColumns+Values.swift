import Files

extension RowColumns {
  /// Whether all are numbers and some are not whole, as scores are: few rows may have no two alike.
  static func areFractions(_ values: [JSONValue]) -> Bool {
    let numbers = values.compactMap { text(of: $0).flatMap { Double($0) } }
    return numbers.count == values.count && numbers.allSatisfy(\.isFinite)
      && numbers.contains { $0 != $0.rounded() }
  }

  static func text(of value: JSONValue) -> String? {
    switch value {
    case .string(let text): text
    case .integer(let number): "\(number)"
    case .real(let number): "\(number)"
    case .boolean(let truth): "\(truth)"
    case .null, .array, .object: nil
    }
  }

  /// A label as its reader takes it: programs for labelling write a list though there is one.
  static func label(of value: JSONValue) -> String? {
    guard let list = value.array else { return text(of: value) }
    return list.count == 1 ? list.first.flatMap(text) : nil
  }
}
