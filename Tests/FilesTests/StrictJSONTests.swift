import TestSupport
import Testing

@testable import Files

@Suite struct StrictJSONTests {
  private func parse(_ text: String) throws -> JSONValue {
    try StrictJSON.parse(Array(text.utf8), path: "x.json")
  }

  @Test(arguments: [
    ("null", JSONValue.null), (" true\n", .boolean(true)), ("false", .boolean(false)),
    ("0", .integer(0)), ("-0", .integer(0)), ("-12", .integer(-12)),
    ("9223372036854775807", .integer(.max)), ("-9223372036854775808", .integer(.min)),
    ("9007199254740993", .integer(9_007_199_254_740_993)),
    ("9223372036854775808", .real(9_223_372_036_854_775_808)),
    // What transformers writes where a tokenizer has no length limit.
    ("1000000000000000019884624838656", .real(1e30)),
    ("1.0", .real(1)), ("1e3", .real(1000)), ("-2.5E-1", .real(-0.25)), ("1e-400", .real(0)),
    (#""a\"\\\/\b\f\n\r\tz""#, .string("a\"\\/\u{8}\u{C}\n\r\tz")),
    (#""\u00e9\uD83D\uDE00\u0000""#, .string("é😀\0")), ("\"é😀\u{2028}\"", .string("é😀\u{2028}")),
    ("[]", .array([])), ("[1, [2]]", .array([.integer(1), .array([.integer(2)])])),
    ("{}", .object(JSONObject())),
    (
      #"{"b":1,"a":{"b":2}}"#,
      .object(
        JSONObject([
          ("b", .integer(1)), ("a", .object(JSONObject([("b", .integer(2))]))),
        ]))
    ),
  ])
  func `valid JSON is read`(text: String, expected: JSONValue) throws {
    #expect(try parse(text) == expected)
  }

  /// Text, and what the message must contain.
  private static let refused: [(String, String)] = [
    ("", "ends where a value"), (" ", "ends where a value"), ("nul", "cannot start"),
    ("True", "True is not JSON; write true"), ("NaN", "NaN is not JSON; write null"),
    ("Infinity", "Infinity is not JSON"),
    ("-Infinity", "-Infinity is not JSON"), ("+1", "cannot start"), (".5", "cannot start"),
    ("01", "start with 0"),
    ("-01", "start with 0"), ("1.", "point"), ("1e", "exponent"), ("1e+", "exponent"),
    ("-", "minus"), ("0x10", "after the end"), ("1e400", "out of range"), ("1 2", "after the end"),
    ("{} {}", "after the end"), ("[1,]", "cannot start"), ("[1 2]", "comma or ]"), ("[", "ends"),
    ("{", "key"), (#"{"a"}"#, "colon"), (#"{"a":1,}"#, "key"), (#"{"a":1 "b":2}"#, "comma or }"),
    (#"{a:1}"#, "key"), (#"{'a':1}"#, "key"), (#"{1:1}"#, "key"), (#""abc"#, "not closed"),
    (#""\"#, "not closed"), (#""\x41""#, "escape"), (#""\u12""#, "hexadecimal"),
    (#""\uD800""#, "surrogate"), (#""\uDC00""#, "surrogate"), (#""\uD800\u0041""#, "surrogate"),
    (#""\uD800\uD800""#, "surrogate"), ("\"a\nb\"", "control"), ("\"a\0\"", "control"),
    ("/* c */ 1", "cannot start"), ("\u{FEFF}1", "byte order mark"),
    (#"{"a":1,"a":1}"#, #""a" occurs twice"#), (#"{"a":1,"\u0061":2}"#, #""a" occurs twice"#),
    (#"{"x":{"a":1,"b":2,"a":3}}"#, "column 19"),
    ("[1,\n  x]", "line 2, column 3 (byte 6)"),
  ]

  @Test(arguments: refused) func `anything else is refused with its place`(
    text: String, message: String
  ) {
    #expect {
      try parse(text)
    } throws: { error in
      let error = error as? FileError
      return error?.kind == .invalidJSON && error?.path == "x.json"
        && error?.detail.contains(message) == true && !"\(error, default: "")".contains("\n")
    }
  }

  @Test func `keys differ when their bytes differ`() throws {
    // One accented letter in two spellings, which Swift's == takes for one string.
    let object = try #require(try parse("{\"\u{E9}\":1,\"e\u{301}\":2}").object)
    #expect(object["\u{E9}"] == .integer(1))
    #expect(object["e\u{301}"] == .integer(2))
    #expect(object["e"] == nil)
  }

  @Test(arguments: [0, 1, 15, 16, 17, 18, 1000])
  func `objects of any size find their members and refuse a second of one name`(count: Int) throws {
    let members = (0..<count).map { "\"k\($0)\":\($0)" }
    let object = try #require(try parse("{\(members.joined(separator: ","))}").object)
    for index in 0..<count { #expect(object["k\(index)"] == .integer(index)) }
    #expect(object["k\(count)"] == nil)
    for index in [0, count / 2, count - 1] where count > 0 {
      #expect(throws: FileError.self) {
        try parse("{\((members + ["\"k\(index)\":0"]).joined(separator: ","))}")
      }
    }
  }

  @Test func `nesting is accepted to 64 and refused beyond, however deep`() throws {
    func nested(_ depth: Int, _ open: String, _ close: String) -> String {
      String(repeating: open, count: depth) + "1" + String(repeating: close, count: depth)
    }
    _ = try parse(nested(64, "[", "]"))
    _ = try parse(nested(64, "{\"a\":", "}"))
    for depth in [65, 1_000_000] {
      #expect(throws: FileError.self) { try parse(nested(depth, "[", "]")) }
      #expect(throws: FileError.self) { try parse(nested(depth, "{\"a\":", "}")) }
    }
  }

  @Test(arguments: [[0xFF], [0x22, 0xC3, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22]] as [[UInt8]])
  func `invalid UTF-8 is refused`(bytes: [UInt8]) {
    #expect(throws: FileError.self) { try StrictJSON.parse(bytes, path: "x.json") }
  }

  @Test(arguments: [
    #"{"b":[1,-2.5,true,null],"a":"q\"\\\n\t\u0001é"}"#, "[]", "{}", "1e+300", #""\u001f""#,
  ])
  func `an encoded value reads back as itself`(text: String) throws {
    let value = try parse(text)
    #expect(try StrictJSON.parse(try value.encoded(), path: "again") == value)
  }

  @Test func `encoding is compact, keeps the order and refuses infinity`() throws {
    let value = try parse(" { \"b\" : [ 1 , 2.5 ] , \"a\" : \"x\\u0007/\" } ")
    #expect(
      String(decoding: try value.encoded(), as: UTF8.self) == #"{"b":[1,2.5],"a":"x\u0007/"}"#)
    #expect(throws: FileError.self) { try JSONValue.real(.infinity).encoded() }
  }
}
