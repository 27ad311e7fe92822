import Transformer

/// How the models of a family lie in Hugging Face folders: the names of classes, keys and tensors.
struct FamilyFormat: Sendable {
  /// What they compute.
  let family: ModelFamily
  /// Begins the names of their classes in transformers.
  let classPrefix: String
  /// What `ModelConfiguration.settings` are called in `config.json` where it is not the same; `nil`
  /// for those that a file of the family has no key for.
  let keys: [String: String?]
  /// Settings that a file may also call as `ModelConfiguration` does; transformers then takes that.
  var aliases: Set<String> = []
  /// What a file means that leaves out all it may.
  let defaults: ModelConfiguration
  /// The names of tensors.
  let tensors: TensorNames

  /// Every family, the one of files without `model_type` first.
  static let all = [bert, distilbert, electra]

  /// The family of a `config.json`: the one that it names, else the one whose classes it names.
  ///
  /// - Throws: `InterchangeError` naming a family that is none of these.
  static func of(
    _ reader: inout ConfigurationReader, _ architectures: [String], _ path: String
  ) throws -> FamilyFormat {
    let known = all.map(\.family.name).joined(separator: ", ")
    guard reader.optional("model_type") != nil else {
      guard let named = architectures.first else { return bert }
      if let format = all.first(where: { $0.isClass(named) }) { return format }
      throw InterchangeError(
        "\(path): architectures names \(named), which is no class of \(known), and model_type is "
          + "missing: use a model of one of them")
    }
    let type = reader.text("model_type", default: "")
    if let format = all.first(where: { $0.family.name == type }) { return format }
    throw InterchangeError(
      "\(path): model_type is \"\(type)\", supported are \(known): use a model of one of them")
  }

  /// Whether a class of transformers is of the family.
  func isClass(_ name: String) -> Bool {
    ["For", "Model", "LMHeadModel"].contains { name.hasPrefix(classPrefix + $0) }
  }

  /// The format of that family.
  static func of(_ family: ModelFamily) -> FamilyFormat {
    all.first { $0.family == family } ?? bert
  }

  /// Throws where a setting that `config.json` has no key for is not what its readers take it to be.
  func checkWritable(_ model: ModelConfiguration, _ folder: String) throws {
    for setting in ModelConfiguration.settings where key(setting.key) == nil {
      let isUsual =
        switch setting.value {
        case .integer(let path, _): model[keyPath: path] == defaults[keyPath: path]
        case .optionalInteger(let path, _): model[keyPath: path] == defaults[keyPath: path]
        case .real(let path): model[keyPath: path] == defaults[keyPath: path]
        case .optionalReal(let path): model[keyPath: path] == defaults[keyPath: path]
        case .text(let path): model[keyPath: path] == defaults[keyPath: path]
        }
      guard isUsual else {
        throw InterchangeError(
          "\(folder): \(setting.key) is not \(family.name)'s, whose config.json has no key for it: "
            + "export a model that goes on from one of that family")
      }
    }
  }

  /// The key in `config.json` for a key of the configuration; `nil` where files have none.
  func key(_ key: String) -> String? {
    keys[key] ?? key
  }
}
