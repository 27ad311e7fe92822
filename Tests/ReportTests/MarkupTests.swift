import Testing

@testable import Report

@Suite struct MarkupTests {
  @Test func `texts and attributes are escaped`() {
    let markup = Markup.tag("a", [("href", "\"><b>")], [Markup("<i>&'\"")])
    #expect(markup.source == "<a href=\"&quot;&gt;&lt;b&gt;\">&lt;i&gt;&amp;&#39;&quot;</a>")
  }

  @Test func `control characters and those that turn text around become a mark`() {
    #expect(
      Markup("a\u{0}b\u{1B}c\u{202E}d\u{FEFF}").source == "a\u{FFFD}b\u{FFFD}c\u{FFFD}d\u{FFFD}")
    #expect(Markup("one\ntwo\tthree").source == "one two three")
    #expect(Markup("e\u{301} 日本 👩\u{200D}🔬").source == "e\u{301} 日本 👩\u{200D}🔬")
  }

  @Test(arguments: [
    (8.314829, "8.31\u{202F}ms"), (23.453301, "23.5\u{202F}ms"), (.nan, "–"),
  ]) func `milliseconds have three digits`(value: Double, text: String) {
    #expect(Quantity.milliseconds(value) == text)
  }

  @Test func `numbers are written with a real minus and grouped digits`() {
    #expect(Quantity.difference(-0.0505, isShare: true) == "\u{2212}5.1")
    #expect(Quantity.difference(0.0686, isShare: true) == "+6.9")
    #expect(Quantity.difference(0.231, isShare: false) == "+0.231")
    #expect(Quantity.percent(0.83361) == "83.4\u{202F}%")
    #expect(Quantity.count(13_208_690) == "13,208,690")
    #expect(Quantity.millions(13_208_690) == "13.2\u{202F}M")
    #expect(Quantity.times(2.82) == "2.8\u{202F}×")
    #expect(Quantity.number(-5e-5) == "\u{2212}5.00e\u{2212}05")
    #expect(Quantity.number(.infinity) == "inf")
    #expect(Quantity.count(.nan) == "–" && Quantity.count(1e300) == "–")
    #expect(Quantity.duration(374.2) == "6\u{A0}min\u{A0}14\u{A0}s")
    #expect(Quantity.moment("2026-11-28T16:40:37Z") == "2026-11-28 16:40 UTC")
    #expect(Quantity.moment("yesterday") == "yesterday")
  }
}
