import Files
import Testing

@Suite struct CommaListTests {
  @Test(arguments: [
    ("", [""]), ("a", ["a"]), ("a, b ,c", ["a", "b", "c"]), ("a,,b,", ["a", "", "b", ""]),
    (#""x,y",z"#, ["x,y", "z"]), (#" "x, y " , z"#, ["x, y ", "z"]),
    (#""say ""no""",b"#, [#"say "no""#, "b"]), (#"5" disk,b"c"#, [#"5" disk"#, #"b"c"#]),
    (#""""#, [""]),
  ])
  func `an item in quotation marks may hold a comma`(text: String, items: [String]) throws {
    #expect(try CommaList.items(of: text) == items)
    #expect(try CommaList.items(of: CommaList.text(of: items)) == items)
  }

  @Test(arguments: [
    (#"a,"x,y"#, #""x,y has no closing quotation mark; put one"#),
    (#""x"y,z"#, #""x"y,z goes on behind its closing quotation mark; double"#),
  ])
  func `a mark that is not closed, or closed too early, is refused`(text: String, start: String) {
    let fault = #expect(throws: CommaListFault.self) { try CommaList.items(of: text) }
    #expect(fault?.description.hasPrefix(start) == true, "\(fault?.description ?? "")")
  }

  @Test func `a shell takes a list as it is shown`() {
    #expect(CommaList.shellWord(of: ["a", "b-1"]) == "a,b-1")
    #expect(CommaList.notation(for: ["a", "b c"]) == "")
    #expect(
      CommaList.notation(for: ["a", " b"])
        == " (a name with space around it stands in quotation marks: '\" b\",...')")
    #expect(CommaList.shellWord(of: ["x,y", "z"]) == #"'"x,y",z'"#)
    #expect(CommaList.shellWord(of: ["don't"]) == nil)
    #expect(CommaList.notation(for: ["a", "b"]).isEmpty)
    #expect(CommaList.notation(for: ["a", "x,y"]).hasSuffix(#": '"x,y",...')"#))
  }
}
