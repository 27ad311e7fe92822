/// HTML or SVG.
///
/// What comes from outside gets into it as text or as the value of an attribute alone, and both are
/// escaped; names of elements and attributes stand in the program.
struct Markup: Sendable {
  /// As it is written.
  private(set) var source = ""

  /// Nothing.
  init() {}

  /// A text, whatever is in it.
  init(_ text: String) { source = Self.escaped(text) }

  /// What was written in the program.
  init(trusted: StaticString) { source = "\(trusted)" }

  /// Parts, one after the other.
  init(_ parts: [Markup]) { source = parts.map(\.source).joined() }

  /// An element.
  static func tag(
    _ name: StaticString, _ attributes: [(StaticString, String)] = [], _ children: [Markup] = []
  ) -> Markup {
    var source = "<\(name)"
    for (key, value) in attributes { source += " \(key)=\"\(escaped(value))\"" }
    source += ">"
    for child in children { source += child.source }
    source += "</\(name)>"
    var markup = Markup()
    markup.source = source
    return markup
  }

  /// An element of a class with a text in it.
  static func tag(_ name: StaticString, _ style: String, _ text: String) -> Markup {
    tag(name, [("class", style)], [Markup(text)])
  }

  static func + (left: Markup, right: Markup) -> Markup { Markup([left, right]) }

  /// `text` without what would change how the page around it is read: control characters, and format
  /// characters but those that join letters, become a mark.
  static func visible(_ text: String) -> String {
    if text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) { return text }
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar.value {
      case 0x09, 0x0A, 0x0D, 0x2028, 0x2029: result += " "
      case 0x200C, 0x200D: result.unicodeScalars.append(scalar)
      case 0xFFFE, 0xFFFF: result += "\u{FFFD}"
      default:
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate: result += "\u{FFFD}"
        default: result.unicodeScalars.append(scalar)
        }
      }
    }
    return result
  }

  private static func escaped(_ text: String) -> String {
    let text = visible(text)
    let special: [UInt8] = [
      UInt8(ascii: "&"), UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "\""),
      UInt8(ascii: "'"),
    ]
    if !text.utf8.contains(where: special.contains) { return text }
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}
