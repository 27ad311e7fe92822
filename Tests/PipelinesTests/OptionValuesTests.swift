internal import Testing

@testable internal import Pipelines

@Suite struct OptionValuesTests {
  private func faults(_ flags: [(name: String, text: String)]) -> [String] {
    do {
      _ = try OptionValues(flags: flags, fields: MakeStage.fields)
      return []
    } catch let error as PipelineError {
      #expect(error.status == .usage)
      return error.faults.map(\.description)
    } catch {
      return ["\(error)"]
    }
  }

  @Test func `flags with dashes or underscores are the options of the file`() throws {
    let options = try OptionValues(
      flags: [
        ("logging-steps", "5"), ("temperature", "1e-1"), ("layers", "0,2"), ("layers", "4"),
        ("words", "a, b"), ("bf16", "true"), ("label", "null"),
      ], fields: MakeStage.fields)
    #expect(options.integer("logging_steps") == 5)
    #expect(options.real("temperature") == 0.1)
    #expect(options.texts("layers") == ["0", "2", "4"])
    #expect(options.texts("words") == ["a", "b"])
    #expect(options.boolean("bf16"))
    #expect(options.optionalText("label") == "null")
    #expect(options.optionalText("fail") == nil)
    #expect(options.text("mode") == "exact")
    #expect(!options.semanticNames.contains("logging_steps"))
  }

  @Test func `an item of a list that holds a comma stands in quotation marks`() throws {
    let options = try OptionValues(
      flags: [("words", #""x,y", z"#), ("words", "b")], fields: MakeStage.fields)
    #expect(options.texts("words") == ["x,y", "z", "b"])
    #expect(faults([("words", #""x,y"#)]).first?.hasPrefix(#"--words: "x,y has no clos"#) == true)
  }

  @Test func `a preset sets the defaults of others, and what is given stands above it`() throws {
    let fields = [
      OptionField.preset(
        "preset", ["old": ["rate": .real(2), "mode": .text("slow"), "elsewhere": .integer(1)]],
        help: "preset"),
      OptionField("rate", .real(nil), default: .integer(1), help: "rate"),
      OptionField("mode", .choice(["slow", "fast"]), default: nil, help: "mode"),
      OptionField("steps", .integer(nil), default: .integer(5), help: "steps"),
    ]
    let plain = try OptionValues(flags: [], fields: fields)
    #expect(plain["rate"] == .real(1) && plain["mode"] == .null && plain.presetSettings.isEmpty)
    let old = try OptionValues(flags: [("preset", "old")], fields: fields)
    #expect(old["rate"] == .real(2) && old.text("mode") == "slow" && old.integer("steps") == 5)
    #expect(old.presetSettings == ["rate 2", "mode slow"] && old.given == ["preset"])
    let own = try OptionValues(flags: [("preset", "old"), ("rate", "3")], fields: fields)
    #expect(own["rate"] == .real(3) && own.presetSettings == ["mode slow"])
    // A process that is told what was given comes to the same, and so does the fingerprint.
    #expect(try OptionValues(json: own.json, fields: fields) == own)
    let written = try OptionValues(flags: [("rate", "2"), ("mode", "slow")], fields: fields)
    #expect(old.semanticJSON == written.semanticJSON)
  }

  @Test func `a default and the same value written are one`() throws {
    let fields = [OptionField("rate", .real(nil), default: .integer(1), help: "rate")]
    let written = try OptionValues(flags: [("rate", "1.0")], fields: fields)
    #expect(try OptionValues(flags: [], fields: fields) == written)
    #expect(written["rate"] == .real(1))
  }

  @Test func `all wrong flags are reported at once`() {
    #expect(
      faults([
        ("temprature", "1"), ("epochs", "0"), ("mode", "slow"), ("bf16", "maybe"), ("bf16", "no"),
      ]) == [
        "--temprature: there is no such option; did you mean \"temperature\"?",
        "--epochs: expected a whole number from 1 to 100, not \"0\"",
        "--mode: \"slow\" is not one of fast, exact",
        "--bf16: given 2 times; give it once",
      ])
  }

  @Test(arguments: [
    (OptionType.integer(nil), "a whole number"),
    (.integer(1...Int.max), "a whole number of at least 1"),
    (.integer(Int.min...9), "a whole number of at most 9"),
    (.real(.leastNonzeroMagnitude...(.greatestFiniteMagnitude)), "a number above 0"),
    (.real(.leastNonzeroMagnitude...1), "a number above 0, at most 1"),
    (.real(0...(.greatestFiniteMagnitude)), "a number of at least 0"),
    (.real(0...(1.0).nextDown), "a number of at least 0 and below 1"),
    (.choice(["a", "b"]), "one of a, b"),
  ])
  func `a type says what to write`(type: OptionType, words: String) {
    #expect("\(type)" == words)
  }

  @Test(arguments: [
    ("1", 1.0), ("-1.5", -1.5), ("+2", 2), (".5", 0.5), ("5.", 5), ("1e3", 1_000), ("2E-2", 0.02),
  ])
  func `a decimal number is read`(text: String, value: Double) {
    #expect(DecimalNumber.real(text) == value)
  }

  @Test(arguments: [
    "", "+", ".", "e3", "1e", "1e+", "nan", "inf", "-inf", "1e999", "0x10", "1_000", " 1", "1 ",
    "1,5",
    "١",
  ])
  func `what is no decimal number is not`(text: String) {
    #expect(DecimalNumber.real(text) == nil)
    #expect(DecimalNumber.integer(text) == nil)
  }

  @Test(arguments: [
    ("0100", true), ("-007", true), ("00", true), ("08", true), ("0", false), ("-0", false),
    ("0.5", false), ("01.5", false), ("0e5", false), ("100", false), ("", false),
  ])
  func `a zero before other digits is seen`(text: String, isLeading: Bool) {
    #expect(DecimalNumber.hasLeadingZero(text) == isLeading)
  }

  @Test func `an exponent makes an integer only where that is exact`() {
    #expect(DecimalNumber.integer("1e3") == 1_000)
    #expect(DecimalNumber.integer("12e-1") == nil)
    #expect(DecimalNumber.integer("1e16") == nil)
    #expect(DecimalNumber.integer("9223372036854775807") == Int.max)
  }
}

@Suite struct SuggestionTests {
  @Test(arguments: [
    ("temprature", "temperature"), ("Temperature", "temperature"),
    ("learning-rate", "learning_rate"),
    ("ephocs", "epochs"), ("epoch", "epochs"),
  ])
  func `a slip of the pen is recognised`(typed: String, meant: String) {
    let known = ["learning_rate", "temperature", "epochs"]
    #expect(Suggestion.nearest(to: typed, among: known) == meant)
  }

  @Test func `something else is not`() {
    #expect(Suggestion.nearest(to: "batch", among: ["epochs", "seed"]) == nil)
    #expect(Suggestion.clause(for: "batch", among: ["epochs"]) == "; known: epochs")
    #expect(Suggestion.clause(for: "batch", among: []) == "")
  }

  @Test(arguments: [
    ("", "abc", 3), ("kitten", "sitting", 3), ("ca", "ac", 1), ("abc", "abc", 0), ("ab", "ba", 1),
  ])
  func `distances are those of the definition`(a: String, b: String, distance: Int) {
    #expect(Suggestion.distance(Array(a), Array(b)) == distance)
  }
}
