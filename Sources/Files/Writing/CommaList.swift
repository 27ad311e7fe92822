/// Why a text is no list.
package struct CommaListFault: Error, CustomStringConvertible {
  /// What is wrong, and what to write.
  package let description: String
}

/// A list as one word of a command line: items between commas; one that holds a comma stands in quotation
/// marks, a mark inside it doubled, as in CSV.
package enum CommaList {
  /// The items, without the spaces around them; quotation marks that do not begin an item are part of it.
  ///
  /// - Throws: `CommaListFault` for a quotation mark that is not closed, and for text behind a closed one.
  package static func items(of text: String) throws(CommaListFault) -> [String] {
    var items: [String] = []
    var rest = text[...]
    while true {
      rest = rest.drop { $0 == " " }
      if rest.first == "\"" {
        items.append(try takeQuoted(from: &rest))
      } else {
        let end = rest.firstIndex(of: ",") ?? rest.endIndex
        items.append(String(rest[..<end].reversed().drop { $0 == " " }.reversed()))
        rest = rest[end...]
      }
      // The comma.
      guard rest.popFirst() != nil else { return items }
    }
  }

  private static func takeQuoted(from text: inout Substring) throws(CommaListFault) -> String {
    let whole = briefly(String(text), limit: 100)
    var item = ""
    var rest = text.dropFirst()
    while let mark = rest.firstIndex(of: "\"") {
      item += String(rest[..<mark])
      rest = rest[mark...].dropFirst()
      if rest.first == "\"" {
        item += "\""
        rest = rest.dropFirst()
        continue
      }
      rest = rest.drop { $0 == " " }
      guard rest.first == nil || rest.first == "," else {
        throw CommaListFault(
          description:
            "\(whole) goes on behind its closing quotation mark; double a mark inside an item, "
            + "and put a comma between items")
      }
      text = rest
      return item
    }
    throw CommaListFault(
      description:
        "\(whole) has no closing quotation mark; put one at the item's end, and double one "
        + "inside it")
  }

  /// The list that `items(of:)` reads as these items.
  package static func text(of items: [String]) -> String {
    items.map { item in
      let isPlain =
        !item.contains(",") && !item.hasPrefix("\"") && !item.hasPrefix(" ") && !item.hasSuffix(" ")
      return isPlain ? item : "\"" + item.replacing("\"", with: "\"\"") + "\""
    }.joined(separator: ",")
  }

  /// The list as a shell takes it; nil where it holds what does not show as it is.
  package static func shellWord(of items: [String]) -> String? {
    let text = text(of: items)
    guard !text.contains("'"), printable(text) == text else { return nil }
    let isWord = text.allSatisfy { $0.isLetter || $0.isNumber || "_-.,".contains($0) }
    return isWord ? text : "'\(text)'"
  }

  /// How an item with a comma, or with space around it, is written, for a message that asks for a list of
  /// these; empty where none has any.
  package static func notation(for items: [String]) -> String {
    let isSpaced = { (item: String) in item.hasPrefix(" ") || item.hasSuffix(" ") }
    guard let item = items.first(where: { $0.contains(",") || isSpaced($0) }) else { return "" }
    let shown = item.utf8.count <= 60 ? shellWord(of: [item, "..."]) : nil
    let what = item.contains(",") ? "a comma" : "space around it"
    return " (a name with \(what) stands in quotation marks: \(shown ?? "'\"x,y\",...'"))"
  }
}
