import Testing

@testable import Files

@Suite struct JSONEncodingTests {
  private enum Head: Encodable {
    case none
    case classification(labels: Int, style: String?)
  }

  private struct Description: Encodable {
    var rate = 0.02
    var epsilon = 1e-12
    var absent: Int?
    var head = Head.classification(labels: 2, style: nil)
    var none = Head.none
    var labels = ["a/b", "é", "\u{8}\u{C}\t\u{1}\"\\"]
    var splits = ["train": 3, "Train": 2, "": 1, "é": 4]
    var nested: [[Double?]] = [[1, nil], []]
    var isPair = true
    var largest = Int.max

    enum CodingKeys: String, CodingKey {
      case rate, absent, head, none, labels, splits, nested, largest
      case epsilon = "layer_norm_eps"
      case isPair = "is_pair"
    }
  }

  private func canonical(_ value: some Encodable) throws -> String {
    String(decoding: try JSONValue(encoding: value).encoded(.canonical), as: UTF8.self)
  }

  /// What Foundation's `JSONEncoder` (Swift 6.3.1, Linux, sorted keys, slashes not escaped) wrote.
  @Test func `a description has the bytes that digests of artifacts rest on`() throws {
    #expect(
      try canonical(Description())
        == #"{"head":{"classification":{"labels":2}},"is_pair":true,"#
        + #""labels":["a/b","é","\b\f\t\u0001\"\\"],"largest":9223372036854775807,"#
        + #""layer_norm_eps":1e-12,"nested":[[1,null],[]],"none":{"none":{}},"rate":0.02,"#
        + #""splits":{"":1,"Train":2,"train":3,"é":4}}"#)
    #expect(try canonical("text") == #""text""#)
    #expect(try canonical([String: Int]()) == "{}")
  }

  /// Numbers with their canonical spelling, and the plain one where it is another.
  @Test(
    arguments: [
      (0.1, "0.1", nil), (0.02, "0.02", nil), (1e-12, "1e-12", nil), (1e22, "1e+22", nil),
      (1e-5, "1e-05", nil), (0.0001, "0.0001", nil), (1.0 / 3, "0.3333333333333333", nil),
      (1e16, "1e+16", nil), (.greatestFiniteMagnitude, "1.7976931348623157e+308", nil),
      (.leastNonzeroMagnitude, "5e-324", nil), (1, "1", "1.0"), (0, "0", "0.0"),
      (-0.0, "-0", "-0.0"), (100, "100", "100.0"), (1e15, "1000000000000000", "1000000000000000.0"),
    ] as [(Double, String, String?)])
  func `a number has the spelling it always had`(
    number: Double, expected: String, plain: String?
  ) throws {
    #expect(try canonical([number]) == "[\(expected)]")
    let text = String(decoding: try JSONValue.real(number).encoded(), as: UTF8.self)
    #expect(text == plain ?? expected)
    guard case .real(let back) = try StrictJSON.parse(Array((plain ?? expected).utf8), path: "x")
    else { return }
    #expect(back.bitPattern == number.bitPattern)
  }

  @Test func `plain JSON spells control characters by their numbers`() throws {
    #expect(
      String(decoding: try JSONValue.string("\u{8}\u{C}").encoded(), as: UTF8.self)
        == #""\u0008\u000c""#)
  }

  @Test func `what JSON has no word for is refused with its place`() {
    let error = #expect(throws: EncodingError.self) {
      try JSONValue(encoding: ["a": ["b": [Double.nan]]])
    }
    guard case .invalidValue(_, let context)? = error else { return }
    #expect(context.codingPath.map(\.stringValue) == ["a", "b"])
    #expect(throws: EncodingError.self) { try JSONValue(encoding: UInt64.max) }
  }

  @Test func `numbers that are not finite go as texts and come back`() {
    for number in [1.5, .nan, .infinity, -.infinity] {
      let back = JSONValue.number(number).number
      #expect(back == number || back?.isNaN == true && number.isNaN)
    }
  }
}
