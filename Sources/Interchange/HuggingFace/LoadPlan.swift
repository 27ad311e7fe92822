import Transformer

/// Which tensor of a folder goes into which parameter of a model, decided before any value is read.
struct LoadPlan {
  /// Parameters and the names of their tensors in the files.
  private(set) var sources: [(parameter: Parameter, tensor: String)] = []
  /// Parameters that the files lack and that may be new.
  private(set) var new: [Parameter] = []
  /// Tensors that must repeat another one.
  private(set) var copies: [(copy: String, original: String)] = []
  /// What a reader should know: what of the files is left aside, and why.
  private(set) var notes: [String] = []

  private static let furtherLayers = "of layers beyond those that config.json counts"
  private static let otherPart = "of parts the model does not have"

  /// Looks at names and shapes.
  ///
  /// - Parameters:
  ///   - folder: The folder.
  ///   - model: The model.
  ///   - mayBeNew: Whether what a model is used without may be missing.
  ///   - beside: What tensors are wanted for that are none of the model's; those that are not there, or
  ///     of another shape, are left out.
  /// - Throws: One error that lists everything in the folder that does not fit the model.
  init(
    _ folder: HuggingFaceModel, _ model: BertModel, mayBeNew: Bool,
    beside: [String: Parameter] = [:]
  ) throws {
    let names = FamilyFormat.of(folder.configuration.model.family).tensors.under(model.head)
    var faults = Self.differences(folder.configuration.model, model.configuration)
    var cure: String?
    var found: [String: String] = [:]  // parameter -> tensor
    var ignored: [String: [String]] = [:]  // reason -> tensors
    var decoder: String?
    var decoderBias: String?
    for tensor in folder.files.shapes.keys.sorted() {
      if let wanted = beside[tensor], folder.files.shapes[tensor] == wanted.shape {
        sources.append((wanted, tensor))
        continue
      }
      switch names.meaning(of: tensor) {
      case .parameter(let name):
        if let other = found.updateValue(tensor, forKey: name) {
          faults.append("\(other) and \(tensor) are the same parameter")
        }
      case .tiedDecoder: decoder = tensor
      case .tiedDecoderBias: decoderBias = tensor
      case .ignored(let reason): ignored[reason, default: []].append(tensor)
      }
    }
    tie(decoder, to: model.wordEmbeddings.name, model, &found, &ignored)
    tie(decoderBias, to: TensorNames.decoderBias, model, &found, &ignored)

    let (optional, head) = (Set(model.optionalParameters), Set(model.headParameters))
    let needless = Set(model.needlessParameters)
    for parameter in model.layout.parameters {
      let isOptional =
        mayBeNew && optional.contains(parameter) || needless.contains(parameter)
      guard let tensor = found.removeValue(forKey: parameter.name) else {
        if isOptional {
          new.append(parameter)
        } else {
          faults.append("\(names.tensor(for: parameter.name)) is missing")
        }
        continue
      }
      let shape = folder.files.shapes[tensor] ?? []
      if shape == parameter.shape {
        sources.append((parameter, tensor))
      } else if isOptional, head.contains(parameter), HeadClass.of(model)?.hasLabels != false {
        new.append(parameter)
        ignored["a classifier for other labels", default: []].append(tensor)
      } else {
        faults.append("\(tensor) has shape \(shape), expected \(parameter.shape)")
        cure = "config.json and the weights are of two models: take both from one"
      }
    }
    for (name, tensor) in found {
      if TensorNames.layer(of: name).map({ $0 >= model.configuration.layerCount }) == true {
        ignored[Self.furtherLayers, default: []].append(tensor)
      } else if TensorNames.isOptional(name) {
        ignored[Self.otherPart, default: []].append(tensor)
      } else {
        faults.append("\(tensor) is of no layer that the configuration has")
      }
    }
    guard faults.isEmpty else {
      throw InterchangeError.listing(faults.sorted(), in: folder.folder, cure: cure)
    }
    if !folder.files.wrapper.isEmpty {
      notes.append("names of tensors begin with \(folder.files.wrapper), which was taken off")
    }
    ignored[TensorNames.constants] = nil
    notes += ignored.sorted { $0.key < $1.key }.map { reason, tensors in
      let shown = tensors.sorted().prefix(3).joined(separator: ", ")
      let noun = tensors.count == 1 ? "tensor" : "tensors"
      return "left aside \(tensors.count) \(noun), \(reason): \(shown)"
        + (tensors.count > 3 ? " and others" : "")
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
      ignored[Self.otherPart, default: []].append(tensor)
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
    compare("model_type", file.family.name, model.family.name)
    compare("num_attention_heads", file.headCount, model.headCount)
    compare("hidden_act", file.hiddenActivation, model.hiddenActivation)
    compare("layer_norm_eps", file.layerNormEpsilon, model.layerNormEpsilon)
    return faults
  }
}
