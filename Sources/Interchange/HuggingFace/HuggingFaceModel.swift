import Compute
import Files
public import RandomStreams
public import Transformer

/// A folder with a model of the BERT family: `config.json` and weights, as safetensors or as torch saves them.
///
/// It is what the Hugging Face libraries write; the tokenizer's files are not looked at.
public final class HuggingFaceModel {
  /// The folder.
  public let folder: String
  /// What `config.json` says.
  public let configuration: HuggingFaceConfiguration
  /// The richest head whose weights are in the files; a classifier is taken for Hugging Face's own.
  ///
  /// Of a folder of sentence-transformers it is what `modules` says.
  public let head: Head
  /// Names of the outputs in the order of the logits; empty where there is no classifier, or the file
  /// is wrong about them.
  public let labels: [String]
  /// What is wrong with the names of the outputs, in one line; nil where nothing is.
  public let labelFault: InterchangeError?
  /// What stands on the encoder that no head here computes, in words; nil where nothing does.
  public let foreignHead: String?

  /// What makes it a folder of sentence-transformers; nil where it is none.
  public let modules: SentenceModules?

  let files: WeightFiles

  /// Reads the configuration and the list of tensors, no values yet.
  ///
  /// - Throws: `FileError` where a file is missing or cannot be read, `InterchangeError` where one is
  ///   no model's of a family that is known.
  public init(folder: String) throws {
    self.folder = folder
    // Such a folder has no config.json of its own; what it has instead is to be said.
    try SentenceModules.requireEncoder(in: folder)
    if let refusal = ForeignWeights.refusalOfRelease(folder) { throw refusal }
    let path = "\(folder)/config.json"
    configuration = try HuggingFaceConfiguration(
      try StrictJSON.read(path, limit: 16 << 20), path: path)
    let format = FamilyFormat.of(configuration.model.family)
    var files = try WeightFiles(folder: folder)
    files.unwrap(format.tensors.isEncoder)
    self.files = files
    modules = try SentenceModules(folder: folder, channels: configuration.model.hiddenSize)
    if let modules {
      (head, foreignHead, labels, labelFault) = (modules.head, modules.foreign, [], nil)
      return
    }
    var tensors: [String: String] = [:]
    for tensor in files.shapes.keys {
      if case .parameter(let name) = format.tensors.meaning(of: tensor) { tensors[name] = tensor }
    }
    let shown = HeadClass.shown(
      by: tensors, shapes: files.shapes, under: configuration, format.classPrefix)
    head = shown.head
    foreignHead = shown.foreign
    guard let (tensor, count) = shown.outputs else {
      (labels, labelFault) = ([], nil)
      return
    }
    do {
      labels = try configuration.labels(ofOutputs: count, of: tensor, path: path)
      labelFault = nil
    } catch let error as InterchangeError {
      (labels, labelFault) = ([], error)
    }
  }

  /// What the files hold: name, type and shape of every tensor.
  public var tensors: [SafetensorsTensor] { files.tensors }

  /// The shape of a tensor; nil where there is none of that name.
  public func shape(of tensor: String) -> [Int]? { files.shapes[tensor] }

  /// Checks names and shapes of the files against a model, before any memory is taken for it.
  ///
  /// For `mayBeNew` see ``load(into:_:newHead:)``, which reads with a new head where it is true.
  ///
  /// - Throws: `InterchangeError` listing every tensor that is missing, unexpected or misshapen.
  public func check(_ model: BertModel, mayBeNew: Bool) throws {
    _ = try LoadPlan(self, model, mayBeNew: mayBeNew)
  }

  /// Makes a set of weights for `model` and loads them; the files are checked before memory is taken.
  ///
  /// `layout` extends the model's own when the set is to hold more. For `newHead` see
  /// ``load(into:_:newHead:)``.
  public func weights(
    for model: BertModel, layout: ParameterLayout? = nil, newHead: RandomStream? = nil
  ) throws -> (weights: ParameterSet, report: LoadReport) {
    try check(model, mayBeNew: newHead != nil)
    let weights = ParameterSet(layout ?? model.layout)
    return (weights, try load(into: model, weights, newHead: newHead))
  }

  /// Loads every parameter of `model` into `weights`, whose layout is the model's or extends it.
  ///
  /// Throws one error that lists every tensor that is missing, unexpected or of another shape, or
  /// every tensor with NaN or infinite values. A pooler or head that the files lack, or a classifier
  /// for another number of labels, is an error too unless `newHead` is given: then it is initialised
  /// from that stream and reported. `beside` names tensors that parameters of the layout beyond the
  /// model's are read from, where they are there and have their shape.
  public func load(
    into model: BertModel, _ weights: ParameterSet, newHead: RandomStream? = nil,
    beside: [String: Parameter] = [:]
  ) throws -> LoadReport {
    let plan = try LoadPlan(self, model, mayBeNew: newHead != nil, beside: beside)
    var faults: [String] = []
    for (parameter, source) in plan.sources {
      let values = try files.floats(source)
      let bad = values.count { !$0.isFinite }
      if bad > 0 { faults.append("\(source) has \(bad) NaN or infinite values of \(values.count)") }
      weights[parameter].assign(values)
    }
    for (copy, original) in plan.copies where try files.floats(copy) != files.floats(original) {
      faults.append("\(copy) differs from \(original), which it must repeat (tied weights)")
    }
    guard faults.isEmpty else { throw InterchangeError.listing(faults, in: folder) }
    if let newHead {
      for parameter in plan.new {
        weights.initialize(
          parameter, stdev: Float(model.configuration.initializerRange), stream: newHead)
      }
    }
    return LoadReport(
      loaded: plan.sources.map(\.parameter.name), newlyInitialized: plan.new.map(\.name),
      notes: plan.notes + (modules?.note.map { [$0] } ?? []) + adapterNotes)
  }

  /// What PEFT laid beside the weights.
  private var adapterNotes: [String] {
    guard fileExists(folder + "/adapter_config.json") else { return [] }
    return [
      "adapter_config.json: an adapter is not read, the weights beside it answer alone: save the model "
        + "after merge_and_unload() of peft if the adapter is to count"
    ]
  }
}

/// What became of a model's parameters and of a folder's tensors.
public struct LoadReport: Sendable, Equatable {
  /// Parameters read from the files.
  public let loaded: [String]
  /// Parameters the files lack, filled with new values.
  public let newlyInitialized: [String]
  /// What a reader should know, a line each: a kind of tensor that was left aside, a name that was
  /// read as another one.
  public let notes: [String]
}

extension InterchangeError {
  /// One error out of many faults of a folder, of which the first are shown; what stands behind a semicolon
  /// is read as the cure.
  static func listing(
    _ faults: [String], in folder: String, cure: String? = nil
  ) -> InterchangeError {
    let shown = faults.prefix(12).joined(separator: ", ")
    let rest = faults.count > 12 ? ", and \(faults.count - 12) more" : ""
    return InterchangeError("\(folder): \(shown)\(rest)" + (cure.map { "; " + $0 } ?? ""))
  }
}
