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
  /// style `tinybert` is refused: no class of transformers computes it. `hasPairs` says whether the model
  /// was trained on pairs of texts, where that is to be remembered.
  public static func write(
    _ model: BertModel, _ weights: ParameterSet, labels: [String] = [],
    problemType: ProblemType? = nil, hasPairs: Bool? = nil, to folder: String
  ) throws {
    guard let row = HeadClass.of(model) else {
      throw InterchangeError(
        "\(folder): a classifier of style tinybert (ReLU on the pooled output) is no model of the "
          + "Hugging Face libraries: train the student with the classifier style hf and export that"
      )
    }
    let format = FamilyFormat.of(model.configuration.family)
    try format.checkWritable(model.configuration, folder)
    var names: [String] = []
    if row.hasLabels {
      let count = model.logitShape?.columns ?? 0
      names = labels.isEmpty ? (0..<count).map { "LABEL_\($0)" } : labels
      guard names.count == count, Set(names).count == count else {
        throw InterchangeError(
          "\(folder): \(names.count) class names, \(Set(names).count) of them different, for "
            + "\(count) logits: give each class its own name")
      }
    }
    let configuration = HuggingFaceConfiguration(
      model: model.configuration, labels: names,
      problemType: problemType.flatMap { row.problemTypes.contains($0) ? $0 : nil },
      architectures: [format.classPrefix + row.name], hasPairs: hasPairs)
    try ensureDirectory(folder)
    try writeWeights(
      model, weights, format.tensors.under(model.head), to: "\(folder)/model.safetensors")
    try AtomicFile.write(try configuration.json.encoded(), to: "\(folder)/config.json")
  }
}

private func writeWeights(
  _ model: BertModel, _ weights: ParameterSet, _ names: TensorNames, to path: String
) throws {
  func name(_ parameter: Parameter) -> String {
    names.tensor(for: parameter.name, isBare: HeadClass.of(model)?.isBare == true)
  }
  let byName = Dictionary(
    model.layout.parameters.map { (name($0), $0) }, uniquingKeysWith: { first, _ in first })
  try SafetensorsWriter.write(
    to: path, layout: model.layout.parameters.map { (name($0), $0.shape) }
  ) { name in byName[name].map { weights[$0].values() } ?? [] }
}
