import Transformer

/// Which tensor of a folder goes into which parameter of a model, decided before any value is read.
struct LoadPlan {
  /// Parameters and the names of their tensors in the files.
  private(set) var sources: [(parameter: Parameter, tensor: String)] = []
  /// Parameters that the files lack and that may be new.
  private(set) var new: [Parameter] = []
  /// Tensors that must repeat another one.
  private(set) var copies: [(copy: String, original: String)] = []
  /// What is left aside, and why.
  private(set) var notes: [String] = []

  /// Throws one error that lists everything in the folder that does not fit the model.
  init(_ folder: HuggingFaceModel, _ model: BertModel, mayBeNew: Bool) throws {
    var faults = Self.differences(folder.configuration.model, model.configuration)
    var found: [String: String] = [:]  // parameter -> tensor
    var ignored: [String: [String]] = [:]  // reason -> tensors
    var decoder: String?
    var decoderBias: String?
    for tensor in folder.files.shapes.keys.sorted() {
      switch TensorName(tensor) {
      case .parameter(let name):
        if let other = found.updateValue(tensor, forKey: name) {
          faults.append("\(other) and \(tensor) are the same parameter")
        }
      case .tiedDecoder: decoder = tensor
      case .tiedDecoderBias: decoderBias = tensor
      case .ignored(let reason): ignored[reason, default: []].append(tensor)
      }
    }
    tie(decoder, to: "bert.embeddings.word_embeddings.weight", model, &found, &ignored)
    tie(decoderBias, to: "cls.predictions.bias", model, &found, &ignored)

    let (optional, head) = (Set(model.optionalParameters), Set(model.headParameters))
    for parameter in model.layout.parameters {
      let isOptional = mayBeNew && optional.contains(parameter)
      guard let tensor = found.removeValue(forKey: parameter.name) else {
        if isOptional {
          new.append(parameter)
        } else {
          faults.append("\(parameter.name) is missing")
        }
        continue
      }
      let shape = folder.files.shapes[tensor] ?? []
      if shape == parameter.shape {
        sources.append((parameter, tensor))
      } else if isOptional, head.contains(parameter), case .classification = model.head {
        new.append(parameter)
        ignored["classifier for other labels", default: []].append(tensor)
      } else {
        faults.append("\(tensor) has shape \(shape), expected \(parameter.shape)")
      }
    }
    for (name, tensor) in found {
      if TensorName.isOptional(name) {
        ignored["head the model does not have", default: []].append(tensor)
      } else {
        faults.append("\(tensor) is not part of the model")
      }
    }
    guard faults.isEmpty else { throw InterchangeError.listing(faults.sorted(), in: folder.folder) }
    notes = ignored.sorted { $0.key < $1.key }.map { reason, tensors in
      "ignored (\(reason)): \(tensors.sorted().joined(separator: ", "))"
    }
  }

  /// A masked-language model's decoder repeats other parameters; it stands in for them if they are
  /// missing.
  private mutating func tie(
    _ tensor: String?, to parameter: String, _ model: BertModel, _ found: inout [String: String],
    _ ignored: inout [String: [String]]
  ) {
    guard let tensor else { return }
    guard model.head == .maskedLanguage else {
      ignored["head the model does not have", default: []].append(tensor)
      return
    }
    if let original = found[parameter] {
      copies.append((tensor, original))
    } else {
      found[parameter] = tensor
    }
  }

  /// Settings that shapes do not show, and on which the weights depend.
  private static func differences(
    _ file: ModelConfiguration, _ model: ModelConfiguration
  ) -> [String] {
    var faults: [String] = []
    func compare<T: Equatable>(_ key: String, _ theirs: T, _ ours: T) {
      if theirs != ours { faults.append("\(key) is \(theirs), the model's is \(ours)") }
    }
    compare("num_attention_heads", file.headCount, model.headCount)
    compare("hidden_act", file.hiddenActivation, model.hiddenActivation)
    compare("layer_norm_eps", file.layerNormEpsilon, model.layerNormEpsilon)
    return faults
  }
}
