/// A value given on the command line in the place of one in the pipeline file:
/// `stages.prediction.learning_rate=3e-5`.
///
/// The value is read as if the file had the line `learning_rate: 3e-5` there, so that types, ranges,
/// variables and suggestions are those of the file. What it brings is found at `--set <key>`.
struct Setting: Sendable {
  /// Keys from the top of the file down, with dots between them.
  let key: String
  private let text: String
  private let origin: Location

  /// The settings of a command line, in order.
  ///
  /// - Throws: `PipelineError` with status `usage` and every text that has no key, a key that is
  ///   none, or the key of one before.
  static func read(_ texts: [String]) throws -> [Setting] {
    var settings: [Setting] = []
    var faults: [PipelineFault] = []
    for (index, text) in texts.enumerated() {
      let pieces = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let key = String(pieces[0])
      if pieces.count < 2 || Name.fault(key) != nil
        || key.split(separator: ".", omittingEmptySubsequences: false).contains("")
      {
        faults.append(
          PipelineFault(
            keyPath: "--set",
            message: "expected KEY=VALUE, such as stages.prediction.seed=7, not \"\(text)\""))
      } else if settings.contains(where: { $0.key == key }) {
        faults.append(PipelineFault(keyPath: "--set", message: "\(key) is set twice"))
      } else {
        settings.append(
          Setting(
            key: key, text: String(pieces[1]),
            origin: Location(setting: key, number: index + 1)))
      }
    }
    guard faults.isEmpty else { throw PipelineError(.usage, faults: faults) }
    return settings
  }

  /// Puts the value into the tree of `file`; `root` is nil where the file has none.
  func apply(to root: inout YAMLTree?, file: String, _ faults: inout [PipelineFault]) {
    func fault(_ message: String) {
      faults.append(
        PipelineFault(file: file, location: origin, keyPath: key, message: message))
    }
    if text.unicodeScalars.contains(where: { $0.value < 32 || $0.value == 127 }) {
      return fault("a value here is one line without control characters")
    }
    var reader = YAMLTreeReader(file: file, origin: origin)
    let line = reader.read("\(key): \(text)")
    faults += reader.faults
    // What is wrong with the value, or with the whole file, was reported.
    guard reader.faults.isEmpty, case .mapping(let members, _) = line, let value = members.first,
      case .mapping = root, let tree = root
    else { return }
    do throws(OptionFault) {
      root = try place(value.value, key.split(separator: ".").map(String.init)[...], in: tree, "")
    } catch {
      fault(error.message)
    }
  }

  /// `tree`, which is found at `path`, with `value` under `keys`.
  private func place(
    _ value: YAMLTree, _ keys: ArraySlice<String>, in tree: YAMLTree, _ path: String
  ) throws(OptionFault) -> YAMLTree {
    guard !keys.isEmpty else { return value }
    var members: [YAMLTree.Member]
    switch tree {
    case .mapping(let found, _): members = found
    case .scalar(let scalar, _) where scalar.isNull: members = []
    default:
      throw OptionFault(message: "\(path) is \(tree.kindName), which has no keys")
    }
    // A name may have dots in it: the longest that is there is meant.
    for count in stride(from: keys.count, through: 1, by: -1) {
      let name = keys.prefix(count).joined(separator: ".")
      guard let index = members.firstIndex(where: { $0.key == name }) else { continue }
      let rest = keys.dropFirst(count)
      members[index] = YAMLTree.Member(
        key: name, location: rest.isEmpty ? origin : members[index].location,
        value: try place(
          value, rest, in: members[index].value, path.isEmpty ? name : "\(path).\(name)"))
      return .mapping(members, tree.location)
    }
    let name = keys[keys.startIndex]
    if path == "stages" || path == "sources" {
      let suggestion = Suggestion.clause(for: name, among: members.map(\.key))
      throw OptionFault(message: "the file has no \(path.dropLast()) \"\(name)\"\(suggestion)")
    }
    members.append(
      YAMLTree.Member(
        key: name, location: origin,
        value: try place(value, keys.dropFirst(), in: .mapping([], origin), "")))
    return .mapping(members, tree.location)
  }
}
