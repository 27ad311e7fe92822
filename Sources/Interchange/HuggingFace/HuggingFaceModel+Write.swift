import Compute
import Files
public import Transformer

extension HuggingFaceModel {
  /// Writes `config.json` and `model.safetensors` so that transformers' `from_pretrained` finds every
  /// tensor it looks for.
  ///
  /// `labels` names the classes in the order of the logits; without names they are `LABEL_0` and so
  /// on. The decoder of a masked-language head, tied to the word embeddings, is not repeated.
  /// Parameters that the layout of `weights` holds beyond the model's are left out. A classifier of
  /// style `tinybert` is refused: no class of transformers computes it.
  public static func write(
    _ model: BertModel, _ weights: ParameterSet, labels: [String] = [],
    problemType: ProblemType? = nil, to folder: String
  ) throws {
    var names: [String] = []
    let architecture: String
    switch model.head {
    case .none: architecture = "BertModel"
    case .maskedLanguage: architecture = "BertForMaskedLM"
    case .classification(_, style: .tinybert):
      throw InterchangeError(
        "\(folder): a classifier of style tinybert (ReLU on the pooled output) is no model of the "
          + "Hugging Face libraries: train the student with the classifier style hf and export that"
      )
    case .classification(let count, style: .hf):
      architecture = "BertForSequenceClassification"
      names = labels.isEmpty ? (0..<count).map { "LABEL_\($0)" } : labels
      guard names.count == count, Set(names).count == count else {
        throw InterchangeError(
          "\(folder): \(names.count) class names, \(Set(names).count) of them different, for "
            + "\(count) logits: give each class its own name")
      }
    }
    let configuration = HuggingFaceConfiguration(
      model: model.configuration, labels: names, problemType: problemType,
      architectures: [architecture])
    try ensureDirectory(folder)
    try writeWeights(model, weights, to: "\(folder)/model.safetensors")
    try AtomicFile.write(try configuration.json.encoded(), to: "\(folder)/config.json")
  }
}

private func writeWeights(_ model: BertModel, _ weights: ParameterSet, to path: String) throws {
  // Files of the bare encoder have no prefix.
  func name(_ parameter: Parameter) -> String {
    let isBare = model.head == .none && parameter.name.hasPrefix("bert.")
    return isBare ? String(parameter.name.dropFirst(5)) : parameter.name
  }
  let byName = Dictionary(
    model.layout.parameters.map { (name($0), $0) }, uniquingKeysWith: { first, _ in first })
  try SafetensorsWriter.write(
    to: path, layout: model.layout.parameters.map { (name($0), $0.shape) }
  ) { name in byName[name].map { weights[$0].values() } ?? [] }
}
