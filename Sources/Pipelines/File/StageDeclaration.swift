/// A stage as the file has it: kinds and ports known, variables not yet replaced.
struct StageDeclaration {
  /// A text that may hold `${variables}`.
  struct Template: Sendable {
    let scalar: WrittenScalar
    let location: Location
  }

  /// What is written for one port.
  struct PortEntry: Sendable {
    let port: String
    let location: Location
    let items: [Template]
  }

  /// A name that takes several values.
  struct Variable: Sendable {
    let name: String
    let values: [String]
    let location: Location
  }

  let name: String
  let location: Location
  let kind: any Stage.Type
  var inputs: [PortEntry] = []
  var outputs: [PortEntry] = []
  var seed: Template?
  /// Words of the command that the stage's process is started through.
  var launcher: [Template] = []
  var threads: Template?
  var options: [YAMLTree.Member] = []
  var matrix: [Variable] = []
  /// One value an entry; the first variable names the instances.
  var foreach: [Variable] = []
  var each: [Variable] = []

  /// A number of threads: a whole number from 1 to 1024.
  static func threads(_ scalar: WrittenScalar) throws(OptionFault) -> Int {
    guard case .integer(let value) = try OptionType.integer(RunOptions.threadRange).read(scalar)
    else {
      throw OptionFault(message: "expected a whole number")
    }
    return value
  }

  /// A seed: a whole number, not negative.
  static func seed(_ scalar: WrittenScalar) throws(OptionFault) -> UInt64 {
    guard case .integer(let value) = try OptionType.integer(0...Int.max).read(scalar) else {
      throw OptionFault(message: "expected a whole number")
    }
    return UInt64(value)
  }
}

/// Reads the declaration of one stage, collecting faults.
struct StageDeclarationReader {
  private(set) var faults: [PipelineFault] = []
  /// Whether nothing is wrong but options, which have no part in the graph.
  private(set) var hasOptionFaultsOnly = true
  private let file: String
  private let name: String
  private var keyPath: String { "stages.\(name)" }

  init(file: String, name: String) {
    self.file = file
    self.name = name
  }

  mutating func fault(
    _ location: Location, _ keyPath: String, _ message: String, isOption: Bool = false
  ) {
    if !isOption { hasOptionFaultsOnly = false }
    faults.append(
      PipelineFault(file: file, location: location, keyPath: keyPath, message: message))
  }

  /// The declaration, nil when its kind is unknown.
  mutating func read(_ member: YAMLTree.Member, registry: StageRegistry) -> StageDeclaration? {
    if let reason = Name.fault(name) { fault(member.location, keyPath, reason) }
    if name.contains("@") || name.contains("=") {
      fault(member.location, keyPath, "@ and = are for the names of instances")
    }
    let members: [YAMLTree.Member]
    switch member.value {
    case .mapping(let found, _): members = found
    case .scalar(let scalar, _) where scalar.isNull: members = []
    default:
      fault(
        member.value.location, keyPath, "expected the stage's keys, not \(member.value.kindName)")
      return nil
    }
    guard let kind = readKind(members, at: member.location, registry: registry) else { return nil }
    var declaration = StageDeclaration(name: name, location: member.location, kind: kind)
    for member in members {
      let path = "\(keyPath).\(member.key)"
      switch member.key {
      case "run": break
      case "inputs": declaration.inputs += readPorts(member, path)
      case "outputs": declaration.outputs += readPorts(member, path)
      case "input": declaration.inputs += readOnlyPort(member, path, kind.inputs, kind.kind)
      case "output": declaration.outputs += readOnlyPort(member, path, kind.outputs, kind.kind)
      case "seed":
        if case .scalar(let scalar, let location) = member.value {
          declaration.seed = StageDeclaration.Template(scalar: scalar, location: location)
        } else {
          fault(
            member.value.location, path, "expected a whole number, not \(member.value.kindName)")
        }
      case "launcher": declaration.launcher = readLauncher(member.value, path)
      case "threads":
        if case .scalar(let scalar, let location) = member.value {
          declaration.threads = StageDeclaration.Template(scalar: scalar, location: location)
        } else {
          fault(
            member.value.location, path, "expected a whole number, not \(member.value.kindName)",
            isOption: true)
        }
      case "matrix": declaration.matrix = readVariables(member, path)
      case "foreach": declaration.foreach = readEntries(member, path)
      case "each": declaration.each = readVariables(member, path)
      default:
        if kind.fields.contains(where: { $0.name == member.key }) {
          declaration.options.append(member)
        } else {
          let known = kind.fields.map(\.name)
          let suggestion = Suggestion.clause(
            forOption: member.key, among: known + StageRegistry.reservedKeys)
          fault(
            member.location, path, "\(kind.kind) has no such option\(suggestion)", isOption: true)
        }
      }
    }
    return declaration
  }

  private mutating func readKind(
    _ members: [YAMLTree.Member], at location: Location, registry: StageRegistry
  ) -> (any Stage.Type)? {
    let known = registry.kinds.map { $0.kind }
    guard let run = members.first(where: { $0.key == "run" }) else {
      if let kind = registry[name] { return kind }
      let suggestion = Suggestion.clause(for: name, among: known)
      fault(
        location, keyPath,
        "\"\(name)\" is no kind of stage; add run: KIND or use a kind as the name\(suggestion)")
      return nil
    }
    guard case .scalar(let scalar, _) = run.value, !scalar.isNull else {
      fault(run.value.location, "\(keyPath).run", "expected a kind, not \(run.value.kindName)")
      return nil
    }
    if let kind = registry[scalar.text] { return kind }
    let suggestion = Suggestion.clause(for: scalar.text, among: known)
    fault(
      run.value.location, "\(keyPath).run",
      "there is no kind of stage \(run.value.kindName)\(suggestion)")
    return nil
  }

  private mutating func readPorts(
    _ member: YAMLTree.Member, _ path: String
  ) -> [StageDeclaration.PortEntry] {
    guard case .mapping(let ports, _) = member.value else {
      fault(
        member.value.location, path,
        "expected ports with names, such as { port: name }, not "
          + member.value.kindName)
      return []
    }
    return ports.map { port in
      StageDeclaration.PortEntry(
        port: port.key, location: port.location, items: readItems(port.value, "\(path).\(port.key)")
      )
    }
  }

  /// `input: x` and `output: x`, for kinds with one such port.
  private mutating func readOnlyPort(
    _ member: YAMLTree.Member, _ path: String, _ ports: [Port], _ kind: String
  ) -> [StageDeclaration.PortEntry] {
    let needed = ports.filter { !$0.isOptional }
    guard let port = ports.count == 1 ? ports[0] : needed.count == 1 ? needed[0] : nil else {
      let names = ports.map(\.name).joined(separator: ", ")
      fault(
        member.location, path,
        "\(kind) has \(ports.count) \(member.key)s; write \(member.key)s: { port: name } with "
          + (names.isEmpty ? "none" : names))
      return []
    }
    return [
      StageDeclaration.PortEntry(
        port: port.name, location: member.location, items: readItems(member.value, path))
    ]
  }

  private mutating func readItems(
    _ tree: YAMLTree, _ path: String
  ) -> [StageDeclaration.Template] {
    let elements: [YAMLTree]
    if case .sequence(let items, _) = tree { elements = items } else { elements = [tree] }
    if elements.isEmpty { fault(tree.location, path, "the list is empty; name at least one") }
    var items: [StageDeclaration.Template] = []
    for element in elements {
      guard case .scalar(let scalar, let location) = element, !scalar.isNull else {
        fault(element.location, path, "expected a name or a list of names, not \(element.kindName)")
        continue
      }
      items.append(StageDeclaration.Template(scalar: scalar, location: location))
    }
    return items
  }

  /// `launcher: srun -n 1`, split at spaces, or `launcher: [srun, -n, "1"]`.
  private mutating func readLauncher(
    _ tree: YAMLTree, _ path: String
  ) -> [StageDeclaration.Template] {
    var words: [StageDeclaration.Template] = []
    switch tree {
    case .scalar(let scalar, let location) where !scalar.isNull:
      if scalar.text.contains(where: { "\"'".contains($0) }) {
        fault(
          location, path, "quotes mean nothing inside a command; write it as a list of words",
          isOption: true)
        return []
      }
      words = scalar.text.split(separator: " ").map { word in
        StageDeclaration.Template(
          scalar: WrittenScalar(text: String(word), isPlain: true), location: location)
      }
    case .sequence(let elements, _):
      for element in elements {
        guard case .scalar(let scalar, let location) = element, !scalar.isNull,
          !scalar.text.isEmpty
        else {
          fault(element.location, path, "expected a word, not \(element.kindName)", isOption: true)
          return []
        }
        words.append(StageDeclaration.Template(scalar: scalar, location: location))
      }
    default:
      fault(
        tree.location, path, "expected a command such as srun -n 1, not \(tree.kindName)",
        isOption: true)
      return []
    }
    if words.isEmpty {
      fault(
        tree.location, path, "the command is empty; leave the line out to start without one",
        isOption: true)
    }
    let isControl = { (scalar: UnicodeScalar) in scalar.value < 32 || scalar.value == 127 }
    for word in words where word.scalar.text.unicodeScalars.contains(where: isControl) {
      fault(word.location, path, "the command has a control character in it", isOption: true)
    }
    return words
  }
}
