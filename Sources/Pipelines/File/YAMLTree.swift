internal import Files
internal import Yams

/// A YAML document with the place of everything in it, and nothing that could mean two things:
/// anchors, aliases, merge keys, tags and duplicate keys were reported and left out.
indirect enum YAMLTree: Sendable {
  /// One member of a mapping.
  struct Member: Sendable {
    let key: String
    let location: Location
    let value: YAMLTree
  }

  case scalar(WrittenScalar, Location)
  case sequence([YAMLTree], Location)
  case mapping([Member], Location)

  var location: Location {
    switch self {
    case .scalar(_, let location), .sequence(_, let location), .mapping(_, let location): location
    }
  }

  /// For messages: "a list", "a mapping", or the text itself.
  var kindName: String {
    switch self {
    case .scalar(let scalar, _): scalar.isNull ? "nothing" : "\"\(printable(scalar.text))\""
    case .sequence: "a list"
    case .mapping: "a mapping"
    }
  }

  /// Whether nothing is in it.
  var isEmpty: Bool {
    switch self {
    case .scalar(let scalar, _): scalar.isNull
    case .sequence(let elements, _): elements.isEmpty
    case .mapping(let members, _): members.isEmpty
    }
  }
}

/// Turns the text of a pipeline file into a `YAMLTree`, collecting what is refused.
struct YAMLTreeReader {
  private(set) var faults: [PipelineFault] = []
  private var known: Set<PipelineFault> = []
  private let file: String
  /// Where everything is said to be, for a text that is no file; nil for its own places.
  private let origin: Location?
  /// Letters that were put over the first letter of a key that occurs twice, with what was there.
  private var masks: [Character: Character] = [:]

  init(file: String, origin: Location? = nil) {
    self.file = file
    self.origin = origin
  }

  /// The tree of `text`, nil when it is not YAML or empty; see `faults`.
  mutating func read(_ text: String) -> YAMLTree? {
    guard !hasManyAliases(text) else { return nil }
    // As the parser counts lines, and one letter each.
    var text = text.replacing("\r\n", with: "\n")
    // The parser stops at the first mapping with a duplicate key. Masking the first of the two
    // keys, letter for letter so that no column moves, lets it go on to the others.
    for _ in 0..<32 {
      do {
        let parser = try Parser(yaml: text)
        // The parser alone keeps anchors alive: it must outlive the walk.
        return try withExtendedLifetime(parser) {
          guard let root = try parser.singleRoot() else {
            fault(Location(line: 1, column: 1), "", "the file is empty")
            return nil
          }
          return convert(root, keyPath: "")
        }
      } catch let error as YamlError {
        guard case .duplicatedKeysInMapping(_, let context) = error,
          let masked = masking(text, at: context.mark)
        else {
          report(error)
          return nil
        }
        text = masked
      } catch {
        fault(nil, "", "\(error)")
        return nil
      }
    }
    fault(nil, "", "too many keys are written twice")
    return nil
  }

  private mutating func fault(_ location: Location?, _ keyPath: String, _ message: String) {
    let fault = PipelineFault(
      file: file, location: origin ?? location, keyPath: keyPath, message: message)
    if known.insert(fault).inserted { faults.append(fault) }
  }

  private mutating func report(_ error: YamlError) {
    switch error {
    case .scanner(let context, let problem, let mark, _),
      .parser(let context, let problem, let mark, _),
      .composer(let context, let problem, let mark, _):
      let context = context.map { "\($0.text), " } ?? ""
      fault(Location(mark), "", "not YAML: \(context)\(problem)")
    case .duplicatedKeysInMapping(let names, let context):
      let list = names.map { "\"\($0)\"" }.joined(separator: ", ")
      fault(Location(context.mark), "", "the key \(list) is written twice")
    case .reader(let problem, _, _, _):
      fault(nil, "", "not YAML: \(problem)")
    default:
      fault(nil, "", "not YAML: \(error)")
    }
  }

  /// Whether the text holds so much that looks like an alias that the parser must not see it.
  ///
  /// Aliases of aliases can stand for billions of nodes, which the parser walks when it compares
  /// keys, long before there is a tree to look at. The few others are found in the tree.
  private mutating func hasManyAliases(_ text: String) -> Bool {
    var (line, column, count) = (1, 1, 0)
    // After a letter or inside quotes a star is only a star, and so it is before a space.
    let harmless = Array("0123456789_./\\*\"')".unicodeScalars)
    var before: UnicodeScalar = " "
    var isStarAlone = false
    for scalar in text.unicodeScalars {
      if isStarAlone, !scalar.properties.isWhitespace {
        count += 1
        if count > 16 {
          fault(
            Location(line: line, column: column - 1), "",
            "aliases (*name) are not supported; write the value out")
          return true
        }
      }
      isStarAlone = scalar == "*" && !before.properties.isAlphabetic && !harmless.contains(before)
      (line, column) = scalar == "\n" ? (line + 1, 1) : (line, column + 1)
      before = scalar
    }
    return false
  }

  /// `text` with the letter at `mark` (after its quote, if there is one) replaced by one that no
  /// file has any use for.
  private mutating func masking(_ text: String, at mark: Mark) -> String? {
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map {
      Array($0.unicodeScalars)
    }
    let line = mark.line - 1
    var column = mark.column - 1
    guard lines.indices.contains(line), lines[line].indices.contains(column),
      let mask = UnicodeScalar(0xE000 + UInt32(masks.count))
    else { return nil }
    if lines[line][column] == "\"" || lines[line][column] == "'" { column += 1 }
    guard lines[line].indices.contains(column), lines[line][column].properties.isAlphabetic,
      masks[Character(lines[line][column])] == nil
    else { return nil }
    masks[Character(mask)] = Character(lines[line][column])
    lines[line][column] = mask
    return lines.map { scalars in
      var text = String.UnicodeScalarView()
      text.append(contentsOf: scalars)
      return String(text)
    }.joined(separator: "\n")
  }

  private func place(of node: Node) -> Location {
    origin ?? node.mark.map(Location.init) ?? Location(line: 1, column: 1)
  }

  private mutating func convert(_ node: Node, keyPath: String) -> YAMLTree? {
    let location = place(of: node)
    if node.anchor != nil {
      fault(
        location, keyPath,
        "anchors (&name) and aliases (*name) are not supported; write the value out")
      return nil
    }
    switch node {
    case .scalar(let scalar):
      let tag = scalar.tag.description
      let isPlain = scalar.style == .plain
      if !(tag.isEmpty || !isPlain && tag == Tag.Name.str.rawValue) {
        fault(location, keyPath, "tags (\(tag)) are not supported; take it off")
        return nil
      }
      return .scalar(WrittenScalar(text: scalar.string, isPlain: isPlain), location)
    case .sequence(let sequence):
      if checkTag(sequence.tag, location, keyPath) { return nil }
      var elements: [YAMLTree] = []
      for (index, element) in sequence.enumerated() {
        if let tree = convert(element, keyPath: "\(keyPath)[\(index)]") { elements.append(tree) }
      }
      return .sequence(elements, location)
    case .mapping(let mapping):
      if checkTag(mapping.tag, location, keyPath) { return nil }
      return .mapping(members(of: mapping, keyPath), location)
    case .alias:
      fault(location, keyPath, "aliases (*name) are not supported; write the value out")
      return nil
    }
  }

  private mutating func checkTag(_ tag: Tag, _ location: Location, _ keyPath: String) -> Bool {
    guard !tag.description.isEmpty else { return false }
    fault(location, keyPath, "tags (\(tag)) are not supported; take it off")
    return true
  }

  private mutating func members(of mapping: Node.Mapping, _ keyPath: String) -> [YAMLTree.Member] {
    var members: [YAMLTree.Member] = []
    var places: [String: Location] = [:]
    for (key, value) in mapping {
      let location = place(of: key)
      guard case .scalar(let scalar) = key else {
        fault(location, keyPath, "a key must be a name")
        continue
      }
      if key.anchor != nil {
        fault(location, keyPath, "anchors (&name) and aliases (*name) are not supported")
        continue
      }
      let name = String(scalar.string.map { masks[$0] ?? $0 })
      let path = keyPath.isEmpty ? name : "\(keyPath).\(name)"
      if name == "<<" {
        fault(location, keyPath, "merge keys (<<) are not supported; write the values out")
        continue
      }
      if let first = places[name] {
        fault(location, path, "this key is written twice, first at \(first)")
        continue
      }
      places[name] = location
      if let tree = convert(value, keyPath: path) {
        members.append(YAMLTree.Member(key: name, location: location, value: tree))
      }
    }
    return members
  }
}

extension Location {
  fileprivate init(_ mark: Mark) { self.init(line: mark.line, column: mark.column) }
}
