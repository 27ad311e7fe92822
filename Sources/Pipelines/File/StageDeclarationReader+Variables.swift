/// The keys of a stage that stand for several values: `matrix`, `each` and `foreach`.
extension StageDeclarationReader {
  /// `{ seed: [1, 2, 3] }`: variables with the values they take.
  mutating func readVariables(
    _ member: YAMLTree.Member, _ path: String
  ) -> [StageDeclaration.Variable] {
    guard case .mapping(let variables, _) = member.value else {
      fault(
        member.value.location, path,
        "expected variables with lists, such as { seed: [1, 2, 3] }, not \(member.value.kindName)")
      return []
    }
    return variables.map { variable in
      let key = "\(path).\(variable.key)"
      var values: [String] = []
      var seen: Set<String> = []
      if case .sequence(let elements, _) = variable.value, !elements.isEmpty {
        for element in elements { takeNamePart(element, key, into: &values, seen: &seen) }
      } else {
        fault(variable.value.location, key, "expected a list of values, such as [1, 2, 3]")
      }
      return StageDeclaration.Variable(
        name: variable.key, values: values, location: variable.location)
    }
  }

  /// `[{ task: sst2, epochs: 3 }, { task: mrpc, epochs: 10 }]`: the keys as variables, each with one
  /// value an entry, or with none where an entry is wrong.
  mutating func readEntries(
    _ member: YAMLTree.Member, _ path: String
  ) -> [StageDeclaration.Variable] {
    guard case .sequence(let entries, _) = member.value,
      case .mapping(let first, _) = entries.first, let naming = first.first
    else {
      fault(
        member.value.location, path,
        "expected a list of entries, such as [{ task: sst2, epochs: 3 }, { task: mrpc, epochs: 5 }]"
      )
      return [StageDeclaration.Variable(name: "", values: [], location: member.location)]
    }
    let keys = first.map(\.key)
    let known = Set(keys)
    let before = faults.count
    var values: [String: [String]] = [:]
    var seen: Set<String> = []
    for entry in entries {
      guard case .mapping(let members, let location) = entry else {
        fault(
          entry.location, path,
          "expected an entry such as { task: sst2, epochs: 3 }, not \(entry.kindName)")
        continue
      }
      let given = Set(members.map(\.key))
      for key in keys where !given.contains(key) {
        fault(location, path, "\(key) is missing; every entry has the keys of the first")
      }
      for member in members {
        let key = "\(path).\(member.key)"
        if !known.contains(member.key) {
          let suggestion = Suggestion.clause(for: member.key, among: keys)
          fault(member.location, key, "the first entry has no such key\(suggestion)")
        } else if member.key == naming.key {
          takeNamePart(
            member.value, key, into: &values[naming.key, default: []], seen: &seen)
        } else if let scalar = readValue(member.value, key) {
          values[member.key, default: []].append(scalar.text)
        }
      }
    }
    let isSound = faults.count == before
    return first.map { member in
      StageDeclaration.Variable(
        name: member.key, values: isSound ? values[member.key] ?? [] : [],
        location: member.location)
    }
  }

  /// Takes a value that becomes part of a stage's name.
  private mutating func takeNamePart(
    _ tree: YAMLTree, _ key: String, into values: inout [String], seen: inout Set<String>
  ) {
    guard let text = readValue(tree, key)?.text else { return }
    if Name.fault("x" + text) != nil || text.isEmpty || text.contains("@") || text.contains("=") {
      fault(tree.location, key, "a value may hold letters, digits and . _ - only")
    } else if !seen.insert(text).inserted {
      fault(tree.location, key, "the value \(text) is there twice")
    } else {
      values.append(text)
    }
  }

  private mutating func readValue(_ tree: YAMLTree, _ key: String) -> WrittenScalar? {
    if case .scalar(let scalar, _) = tree, !scalar.isNull { return scalar }
    fault(tree.location, key, "expected a number or a word, not \(tree.kindName)")
    return nil
  }
}
