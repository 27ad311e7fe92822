import Artifacts
import Files
import Interchange
package import Pipelines
import Tasks
import Text
import Transformer

/// Writes a model as a folder that Hugging Face's `from_pretrained` loads.
package struct ExportStage: Stage {
  package static let kind = "export"
  package static let revision = 3
  package static let summary =
    "write a model as a folder that transformers, or sentence-transformers, loads"
  package static let inputs = [
    Port("model", kinds: ["model", "folder"], help: "the model to export")
  ]
  package static let outputs = [
    Port("folder", kinds: ["folder"], help: "config.json, model.safetensors, tokenizer files")
  ]
  package static let fields: [OptionField] = []
  package static let writtenEntries: Set<String>? = Set(
    ["config.json", "model.safetensors", "1_Pooling/config.json"] + Tokenizer.exportedNames
      + SentenceModules.entries)

  package init(_ options: OptionValues) throws {}

  package func run(_ context: StageContext) throws -> StageResult {
    let source = try ModelSource(context.required("model"))
    try source.facts.refuseForeignHead(
      cure: "an export would lose the rest: take the folder as it is, transformers loads it")
    let loaded = try source.loadWhole()
    context.note(loaded)
    let length = source.configuration.longestSequence
    let files = try source.tokenizer.exportedFiles(
      modelMaxLength: min(source.tokenizer.settings.modelMaxLength ?? length, length),
      segments: source.configuration.family.hasSegments)
    // Somebody may have put something there since the run began.
    try Self.requireReplaceable(folder: context.output("folder"))
    if context.isInterrupted() { throw StageInterruption(step: nil) }
    try AtomicFolder.replace(context.output("folder")) { folder in
      try HuggingFaceModel.write(
        loaded.model, loaded.weights, labels: loaded.labels,
        problemType: loaded.labels.isEmpty
          ? nil
          : (source.foreignTask ?? source.task?.problemType)
            .flatMap(ProblemType.init(rawValue:)),
        // Single texts are what everybody takes a model to be of: a key that says so would only be in
        // the way of who trains it on pairs elsewhere.
        hasPairs: source.hasPairs == true ? true : nil, to: folder)
      for file in files { try AtomicFile.write(file.bytes, to: folder + "/" + file.name) }
      if case .embedding(let pooling, let isNormalized) = loaded.model.head {
        try SentenceModules.write(
          pooling, isNormalized: isNormalized, channels: source.configuration.hiddenSize,
          maxSequenceLength: min(source.tokenizer.settings.modelMaxLength ?? length, length),
          to: folder)
      }
    }
    return StageResult(metrics: [("parameters", Double(loaded.model.layout.count))])
  }
}
