internal import Files

/// What a file whose name ends in `.json` holds, as its beginning tells: the name is given to documents and
/// to lines alike.
public enum JSONForm: Sendable, Hashable {
  /// A document of questions, or what only its reader can tell.
  case questions
  /// An object a line.
  case lines
  /// A list of rows in one document.
  case list
  /// Rows by their names in one document, as pandas writes them with orient="index".
  case namedRows
  /// Columns in one document, as pandas writes them by default.
  case columns
  /// Another table in one document, as pandas writes it with orient="split" or orient="table".
  case table

  /// Bytes that are looked at: the first object's keys stand in them, or it is no row.
  private static let byteLimit = 1 << 20
  /// The largest document that is read whole to see whether it is one.
  private static let checkedSize = 1 << 26

  /// Looks at a file.
  ///
  /// - Parameter path: The file.
  /// - Throws: `FileError` if it cannot be read.
  public init(_ path: String) throws {
    let bytes = try BoundedReader.beginning(of: path, limit: Self.byteLimit)
    let start = bytes.firstIndex { [UInt8(ascii: "{"), UInt8(ascii: "[")].contains($0) }
    // A byte order mark and spaces may stand before.
    guard let start, start <= 1_000 else {
      self = .questions
      return
    }
    let isList = bytes[start] == UInt8(ascii: "[")
    guard let first = FirstObject(bytes[start...]) else {
      self = isList ? .list : .questions
      return
    }
    let keys = Set(first.keys)
    // Pairs of the same names have a label, and questions their answers.
    let isOfQuestions =
      keys.contains("paragraphs")
      || keys.isSuperset(of: ["question", "context"])
        && (keys.contains("answers") || keys.isDisjoint(with: ["label", "labels"]))
    let areNumbers = { (names: [String]) in !names.isEmpty && names.allSatisfy { Int($0) != nil } }
    if isList {
      self = isOfQuestions ? .questions : .list
    } else if first.isLine, first.isFollowed || isOfQuestions {
      self = .lines
    } else if keys.contains("data"), keys.contains("columns") || keys.contains("schema") {
      self = .table
    } else if !first.holdsValues, areNumbers(first.innerKeys) {
      self = .columns
    } else if !first.holdsValues, areNumbers(first.keys), !first.innerKeys.isEmpty {
      self = .namedRows
    } else if keys.isEmpty || keys.contains("data") || keys.contains("version") || !first.isLine {
      self = .questions
    } else {
      self = first.holdsValues ? .lines : .columns
    }
  }

  /// What a file holds whose name says JSON; nil for another name, and for a folder.
  ///
  /// - Parameter path: The file.
  /// - Returns: `questions`, `lines` or `list`, which can be read.
  /// - Throws: `FileError` if it cannot be read; `TextError` where it is empty, or rows in another document.
  public static func named(by path: String) throws -> JSONForm? {
    guard !isFolder(path), try RowFormat.ending(of: path) == "json" else { return nil }
    guard try RegularFile(path).size > 0 else {
      throw TextError(path, "is empty; give a file with at least one row")
    }
    let form = try Self(path)
    let program: String
    switch form {
    case .questions, .lines, .list: return form
    case .namedRows:
      program = "import json, sys;[print(json.dumps(row)) for row in json.load(sys.stdin).values()]"
    case .columns:
      program =
        "import json, sys;table = json.load(sys.stdin);"
        + "[print(json.dumps({name: table[name][row] for name in table})) "
        + "for row in next(iter(table.values()))]"
    case .table:
      throw TextError(
        path,
        "holds a table in one JSON document; write an object a line (.jsonl), as pandas does with "
          + "orient='records' and lines=True")
    }
    let isPlain = path.lowercased().hasSuffix(".json")
    // Of what is no JSON the fault is told: nothing would make lines of it.
    if isPlain, try RegularFile(path).size <= checkedSize {
      _ = try StrictJSON.parse(BoundedReader.bytes(at: path, limit: checkedSize), path: path)
    }
    throw TextError(
      path,
      "holds \(form == .columns ? "columns" : "rows") in one JSON document; write an object a line"
        + (isPlain
          ? #", as python3 -c "\#(program)" < \#(shellQuoted(path)) > \#(shellQuoted(path + "l")) does"#
          : " (.jsonl)"))
  }
}

/// The first object of a JSON text, as far as it was read.
private struct FirstObject {
  /// Its own keys.
  var keys: [String] = []
  /// Keys of the objects that are its values, some of the first.
  var innerKeys: [String] = []
  /// Whether it ends in the line that it begins in.
  var isLine = false
  /// Whether another object follows.
  var isFollowed = false
  /// Whether it has a value that is no object.
  var holdsValues = false

  /// Reads it; nil where there is none.
  ///
  /// - Parameter bytes: The text, from the object or the list around it on.
  init?(_ bytes: ArraySlice<UInt8>) {
    guard let start = bytes.firstIndex(of: UInt8(ascii: "{")) else { return nil }
    var depth = 0
    var text: [UInt8] = []
    var (isText, isEscaped, hasBreak, isValue) = (false, false, false, false)
    let object = bytes[start...]
    for (place, byte) in zip(object.indices, object) {
      if isText {
        isText = isEscaped || byte != UInt8(ascii: "\"")
        isEscaped = !isEscaped && byte == UInt8(ascii: "\\")
        if isText, depth <= 2 { text.append(byte) }
        continue
      }
      switch byte {
      case UInt8(ascii: "\""):
        (text, isText) = ([], true)
        if isValue { holdsValues = true }
        isValue = false
      case UInt8(ascii: "\n"), UInt8(ascii: "\r"): hasBreak = true
      case UInt8(ascii: " "), UInt8(ascii: "\t"): break
      case UInt8(ascii: ":") where depth == 1:
        keys.append(String(decoding: text, as: UTF8.self))
        isValue = true
      case UInt8(ascii: ":") where depth == 2 && innerKeys.count < 8:
        innerKeys.append(String(decoding: text, as: UTF8.self))
      case UInt8(ascii: "{"), UInt8(ascii: "["):
        if isValue, byte == UInt8(ascii: "[") { holdsValues = true }
        depth += 1
        isValue = false
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        depth -= 1
        guard depth == 0 else { break }
        isLine = !hasBreak
        let rest = bytes[(place + 1)...].first { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }
        isFollowed = rest == UInt8(ascii: "{")
        return
      default:
        if isValue { holdsValues = true }
        isValue = false
      }
    }
    // Its end lies beyond what is looked at.
    isLine = !hasBreak
  }
}
