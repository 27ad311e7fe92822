/// Makes the stages of a declaration: one, or one for each entry of its `foreach:` with each
/// combination of its `matrix:`.
///
/// Replaces `${variables}` and reads the options by their declared types.
struct MatrixExpansion {
  /// More would be a mistake; each instance is a stage with files of its own.
  static let instanceLimit = 1_000
  /// Inputs of all instances of a stage together.
  static let nameLimit = 100_000
  /// Variables of one stage; each is looked up wherever it may stand.
  static let variableLimit = 100

  private(set) var faults: [PipelineFault] = []
  private var known: Set<PipelineFault> = []
  /// Whether `expand` found the place of every instance in the graph.
  private(set) var isComplete = false
  private let declaration: StageDeclaration
  private let file: String
  private let defaultSeed: UInt64
  private var used: Set<String> = []
  private var keyPath: String { "stages.\(declaration.name)" }

  init(declaration: StageDeclaration, file: String, defaultSeed: UInt64) {
    self.declaration = declaration
    self.file = file
    self.defaultSeed = defaultSeed
  }

  private mutating func fault(_ location: Location, _ keyPath: String, _ message: String) {
    let fault = PipelineFault(
      file: file, location: location, keyPath: keyPath, message: message)
    // Every instance would report it.
    if known.insert(fault).inserted { faults.append(fault) }
  }

  /// The stages; some are left out where `isComplete` is false.
  mutating func expand() -> [PipelineStage] {
    let (matrix, foreach, each) = (declaration.matrix, declaration.foreach, declaration.each)
    for (variables, word) in [(matrix, "matrix"), (foreach, "foreach"), (each, "each")]
    where variables.count > Self.variableLimit {
      fault(
        declaration.location, "\(keyPath).\(word)",
        "\(variables.count) variables; at most \(Self.variableLimit) are possible")
      return []
    }
    for (variables, word, others, owner) in [
      (foreach, "foreach", matrix, "matrix"), (each, "each", matrix, "matrix"),
      (each, "each", foreach, "foreach"),
    ] {
      for variable in variables where others.contains(where: { $0.name == variable.name }) {
        fault(
          variable.location, "\(keyPath).\(word).\(variable.name)",
          "\(owner) has a variable of this name")
      }
    }
    // Of an entry all values come together: the first key stands for it.
    for (variables, word) in [(Array(foreach.prefix(1)) + matrix, instancesKey), (each, "each")] {
      // Factors are at least 1, so the product passes the limit before it could overflow.
      let count = variables.reduce(1) { min($0 * $1.values.count, Self.instanceLimit + 1) }
      guard count <= Self.instanceLimit else {
        fault(
          declaration.location, "\(keyPath).\(word)",
          "more than \(Self.instanceLimit) combinations; divide them among several stages"
        )
        return []
      }
    }
    // Every instance may read every combination of `each`.
    let names = (Array(foreach.prefix(1)) + matrix + each).reduce(declaration.inputs.count) {
      min($0 * max($1.values.count, 1), Self.nameLimit + 1)
    }
    guard names <= Self.nameLimit else {
      fault(
        declaration.location, "\(keyPath).each",
        "more than \(Self.nameLimit) inputs in all instances; divide them among several stages")
      return []
    }
    // A list that is wrong was reported; what follows from that is no news.
    guard (matrix + foreach + each).allSatisfy({ !$0.values.isEmpty }) else { return [] }
    let instances = instances
    let stages = instances.compactMap { makeStage($0.suffix, $0.bindings) }
    isComplete = stages.count == instances.count
    for (variables, word) in [(matrix, "matrix"), (foreach, "foreach"), (each, "each")] {
      for variable in variables where !used.contains(variable.name) {
        fault(
          variable.location, "\(keyPath).\(word).\(variable.name)",
          "the variable is not used; write ${\(variable.name)} where its value belongs")
      }
    }
    return stages
  }

  /// The key that makes several stages of one, for messages.
  private var instancesKey: String { declaration.matrix.isEmpty ? "foreach" : "matrix" }

  /// What follows the stage's name, and the variables, of every instance: entry after entry, each
  /// with every combination.
  private var instances: [(suffix: String, bindings: [(name: String, value: String)])] {
    let foreach = declaration.foreach
    let count = foreach.first?.values.count ?? 0
    let entries = (0..<count).map { entry in
      foreach.map { (name: $0.name, value: $0.values[entry]) }
    }
    return (entries.isEmpty ? [[]] : entries).flatMap { entry in
      Self.combinations(of: declaration.matrix).map { combination in
        let naming = Array(entry.prefix(1)) + combination
        return (naming.map { "@\($0.name)=\($0.value)" }.joined(), entry + combination)
      }
    }
  }

  /// All combinations of values; the last variable varies fastest.
  static func combinations(
    of variables: [StageDeclaration.Variable]
  ) -> [[(name: String, value: String)]] {
    var combinations: [[(name: String, value: String)]] = [[]]
    for variable in variables {
      combinations = combinations.flatMap { before in
        variable.values.map { before + [(variable.name, $0)] }
      }
    }
    return combinations
  }

  private mutating func makeStage(
    _ suffix: String, _ bindings: [(name: String, value: String)]
  ) -> PipelineStage? {
    let before = faults.count
    if !suffix.isEmpty, let reason = Name.fault(declaration.name + suffix) {
      fault(declaration.location, "\(keyPath).\(instancesKey)", reason)
    }
    let seed = readSeed(bindings)
    let inputs = declaration.inputs.map { entry in
      PipelineStage.Input(
        port: entry.port, names: entry.items.flatMap { expandItem($0, entry.port, bindings) },
        location: entry.items.first?.location ?? entry.location)
    }
    let outputs = declaration.outputs.compactMap { readOutput($0, bindings) }
    guard faults.count == before else { return nil }
    // A stage with wrong options still has its place in the graph.
    let options = readOptions(bindings)
    let launcher = declaration.launcher.compactMap {
      substitute($0, in: "\(keyPath).launcher", bindings)?.text
    }
    let threads = readThreads(bindings)
    if faults.count == before {
      do {
        _ = try declaration.kind.init(options)
      } catch {
        faultOfOptions("\(error)")
      }
    }
    return PipelineStage(
      name: declaration.name + suffix, baseName: declaration.name, kind: declaration.kind,
      options: options, seed: seed, inputs: inputs, outputs: outputs,
      launcher: launcher, launcherLocation: declaration.launcher.first?.location,
      threads: threads, location: declaration.location)
  }

  /// What is wrong with the options together, where the option is that it names first.
  private mutating func faultOfOptions(_ found: String) {
    let message = OptionWords(of: [declaration.kind], inFile: true).spoken(found)
    let pieces = message.split(separator: ":", maxSplits: 1).map(String.init)
    guard pieces.count == 2, declaration.kind.fields.contains(where: { $0.name == pieces[0] })
    else { return fault(declaration.location, keyPath, message) }
    let member = declaration.options.first { $0.key == pieces[0] }
    fault(
      member?.location ?? declaration.location, "\(keyPath).\(pieces[0])",
      String(pieces[1].drop { $0 == " " }))
  }

  /// The stage's `seed:`, else the variable `seed` of its instances, else the file's.
  private mutating func readSeed(_ bindings: [(name: String, value: String)]) -> UInt64 {
    var template = declaration.seed
    let variables = declaration.matrix + declaration.foreach
    if template == nil, let variable = variables.first(where: { $0.name == "seed" }) {
      template = StageDeclaration.Template(
        scalar: WrittenScalar(text: "${seed}", isPlain: true), location: variable.location)
    }
    guard let template,
      let scalar = substitute(template, in: "\(keyPath).seed", bindings)
    else { return defaultSeed }
    do throws(OptionFault) {
      return try StageDeclaration.seed(scalar)
    } catch {
      fault(template.location, "\(keyPath).seed", error.message)
      return defaultSeed
    }
  }

  private mutating func readThreads(_ bindings: [(name: String, value: String)]) -> Int? {
    let path = "\(keyPath).threads"
    guard let template = declaration.threads,
      let scalar = substitute(template, in: path, bindings)
    else { return nil }
    do throws(OptionFault) {
      return try StageDeclaration.threads(scalar)
    } catch {
      fault(template.location, path, error.message)
      return nil
    }
  }

  /// An item that uses variables of `each:` stands for one name per combination of their values.
  private mutating func expandItem(
    _ item: StageDeclaration.Template, _ port: String, _ bindings: [(name: String, value: String)]
  ) -> [String] {
    let variables = declaration.each.filter { item.scalar.text.contains("${\($0.name)}") }
    return Self.combinations(of: variables).compactMap { combination in
      substitute(item, in: "\(keyPath).inputs.\(port)", bindings + combination)?.text
    }
  }

  private mutating func readOutput(
    _ entry: StageDeclaration.PortEntry, _ bindings: [(name: String, value: String)]
  ) -> PipelineStage.Output? {
    let path = "\(keyPath).outputs.\(entry.port)"
    guard let item = entry.items.first else { return nil }
    guard entry.items.count == 1 else {
      fault(entry.location, path, "expected one name, not \(entry.items.count)")
      return nil
    }
    guard let name = substitute(item, in: path, bindings)?.text else { return nil }
    if let reason = Name.fault(name) {
      fault(item.location, path, reason)
      return nil
    }
    let (matrix, foreach) = (declaration.matrix, declaration.foreach)
    let isUsed = { (variable: StageDeclaration.Variable) in
      item.scalar.text.contains("${\(variable.name)}")
    }
    // Any key whose values all differ tells the entries apart.
    let telling = foreach.filter { Set($0.values).count == $0.values.count }
    if !matrix.allSatisfy(isUsed) || !foreach.isEmpty && !telling.contains(where: isUsed) {
      let variables = (Array(foreach.prefix(1)) + matrix).map { "${\($0.name)}" }.joined(
        separator: "-")
      fault(
        item.location, path,
        "all instances would write \(name); put the variables into the name: \(name)-\(variables)")
      return nil
    }
    return PipelineStage.Output(port: entry.port, name: name, location: item.location)
  }

  private mutating func readOptions(_ bindings: [(name: String, value: String)]) -> OptionValues {
    var values: [String: OptionValue] = [:]
    for member in declaration.options {
      guard let field = declaration.kind.fields.first(where: { $0.name == member.key }) else {
        continue
      }
      values[field.name] = readOption(member.value, field, bindings)
    }
    return OptionValues(checked: values, fields: declaration.kind.fields)
  }

  private mutating func readOption(
    _ tree: YAMLTree, _ field: OptionField, _ bindings: [(name: String, value: String)]
  ) -> OptionValue? {
    let path = "\(keyPath).\(field.name)"
    switch tree {
    case .mapping:
      fault(tree.location, path, "expected \(field.type), not a mapping")
      return nil
    case .sequence(let elements, let location):
      guard field.type.isList else {
        fault(location, path, "expected \(field.type), not a list")
        return nil
      }
      var items: [OptionValue] = []
      for element in elements {
        guard case .scalar(let scalar, let location) = element, !scalar.isNull else {
          fault(element.location, path, "expected \(field.type), with \(element.kindName) in it")
          continue
        }
        if let item = read(scalar, at: location, field, path, bindings) { items.append(item) }
      }
      return .list(items)
    case .scalar(let scalar, let location):
      if scalar.isNull {
        if let value = field.defaultValue {
          fault(location, path, "has no value; leave the line out for the default, \(value)")
        }
        return nil
      }
      let value = read(scalar, at: location, field, path, bindings)
      return field.type.isList ? value.map { .list([$0]) } : value
    }
  }

  private mutating func read(
    _ scalar: WrittenScalar, at location: Location, _ field: OptionField, _ path: String,
    _ bindings: [(name: String, value: String)]
  ) -> OptionValue? {
    let template = StageDeclaration.Template(scalar: scalar, location: location)
    guard let scalar = substitute(template, in: path, bindings) else { return nil }
    do throws(OptionFault) {
      return try field.type.read(scalar)
    } catch {
      fault(location, path, error.message)
      return nil
    }
  }

  /// Replaces every `${name}`.
  ///
  /// Such a text counts as written without quotes, which it needs inside `{ }` and `[ ]`.
  private mutating func substitute(
    _ template: StageDeclaration.Template, in path: String,
    _ bindings: [(name: String, value: String)]
  ) -> WrittenScalar? {
    var rest = Substring(template.scalar.text)
    guard rest.contains("${") else { return template.scalar }
    var text = ""
    while let start = rest.firstRange(of: "${") {
      text += rest[..<start.lowerBound]
      rest = rest[start.upperBound...]
      guard let end = rest.firstIndex(of: "}") else {
        fault(template.location, path, "${ is not closed by }")
        return nil
      }
      let name = String(rest[..<end])
      guard let value = bindings.first(where: { $0.name == name })?.value else {
        let known = (declaration.matrix + declaration.foreach + declaration.each).map(\.name)
        let suggestion = Suggestion.clause(for: name, among: known)
        fault(template.location, path, "there is no variable ${\(name)}\(suggestion)")
        return nil
      }
      used.insert(name)
      text += value
      rest = rest[rest.index(after: end)...]
    }
    return WrittenScalar(text: text + rest, isPlain: true)
  }
}
