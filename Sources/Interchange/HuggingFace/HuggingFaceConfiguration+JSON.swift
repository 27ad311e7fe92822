public import Files
import Transformer

extension HuggingFaceConfiguration {
  /// The file as transformers writes it: what it needs, and weights announced as float32.
  public var json: JSONValue {
    var object = JSONObject()
    object.append("architectures", .array(architectures.map { .string($0) }))
    object.append("model_type", .string(model.family.name))
    let format = FamilyFormat.of(model.family)
    for setting in ModelConfiguration.settings {
      if let key = format.key(setting.key) { object.append(key, value(setting, format)) }
    }
    if !labels.isEmpty {
      object.append(
        "id2label",
        .object(JSONObject(labels.enumerated().map { (String($0), .string($1)) })))
      object.append(
        "label2id", .object(JSONObject(labels.enumerated().map { ($1, .integer($0)) })))
    }
    if let problemType { object.append("problem_type", .string(problemType.rawValue)) }
    if let hasPairs {
      object.append(Self.ownKey, .object(JSONObject([(Self.pairsKey, .boolean(hasPairs))])))
    }
    // Version 5 of transformers reads `dtype`, version 4 reads `torch_dtype`.
    object.append("dtype", .string("float32"))
    object.append("torch_dtype", .string("float32"))
    return .object(object)
  }

  /// What may be absent here is written where the family's readers would take another value for it.
  private func value(_ setting: ModelConfiguration.Setting, _ format: FamilyFormat) -> JSONValue {
    func stated<Value>(_ path: ModelConfiguration.Path<Value?>) -> Value? {
      (format.defaults[keyPath: path] == nil ? model : model.writtenOut)[keyPath: path]
    }
    return switch setting.value {
    case .integer(let path, _): .integer(model[keyPath: path])
    case .optionalInteger(let path, _): stated(path).map { .integer($0) } ?? .null
    case .real(let path): .real(model[keyPath: path])
    case .optionalReal(let path): stated(path).map { .real($0) } ?? .null
    case .text(let path): .string(model[keyPath: path])
    }
  }
}
