internal import Files

/// A folder that `export` wrote, as a model that MLflow loads: `mlflow.pyfunc.load_model` and
/// `mlflow.transformers.load_model` give what answers texts.
///
/// ```
///   MLmodel  requirements.txt  conda.yaml  python_env.yaml
///   model/                 config.json, model.safetensors, tokenizer
///   components/tokenizer/  the tokenizer again, where MLflow looks for it
/// ```
struct MLflowModel {
  /// A file of it.
  struct File {
    /// Its place in the model.
    let name: String
    /// What is in it.
    let content: Content
  }

  /// What is in a file.
  enum Content {
    case bytes([UInt8])
    case file(String)
  }

  /// Its files but for `MLmodel`.
  let files: [File]
  private let flavors: JSONValue
  private let signature: JSONValue?

  /// What transformers calls a pipeline, by how the name of a class ends.
  private static let pipelines: [(ending: String, task: String, pipeline: String)] = [
    ("ForSequenceClassification", "text-classification", "TextClassificationPipeline"),
    ("ForTokenClassification", "token-classification", "TokenClassificationPipeline"),
    ("ForQuestionAnswering", "question-answering", "QuestionAnsweringPipeline"),
    ("ForMaskedLM", "fill-mask", "FillMaskPipeline"),
    ("Model", "feature-extraction", "FeatureExtractionPipeline"),
  ]

  /// The model in a folder; nil for one that no pipeline of transformers answers with.
  ///
  /// - Throws: `FileError` where the folder cannot be read.
  init?(_ folder: String) throws {
    let configuration = try StrictJSON.read(folder + "/config.json", limit: 1 << 20).object
    guard let name = configuration?["architectures"]?.array?.first?.string,
      MLflowClient.isIdentity(name),
      let kind = Self.pipelines.first(where: { name.hasSuffix($0.ending) })
    else { return nil }
    let names = try folderEntries(folder).filter {
      !$0.hasPrefix(".") && !isFolder("\(folder)/\($0)")
    }
    let ofTokenizer = names.filter { !["config.json", "model.safetensors"].contains($0) }
    files =
      names.map { File(name: "model/\($0)", content: .file("\(folder)/\($0)")) }
      + ofTokenizer.map {
        File(name: "components/tokenizer/\($0)", content: .file("\(folder)/\($0)"))
      } + Self.surroundings
    flavors = .sorted([
      "transformers": .sorted([
        "task": .string(kind.task), "instance_type": .string(kind.pipeline),
        "pipeline_model_type": .string(name), "model_binary": .string("model"),
        "source_model_name": .string("distill"), "components": .array([.string("tokenizer")]),
        "tokenizer_type": .string("AutoTokenizer"), "framework": .string("pt"), "code": .null,
      ]),
      "python_function": .sorted([
        "loader_module": .string("mlflow.transformers"), "model_binary": .string("model"),
        "env": .sorted([
          "conda": .string("conda.yaml"), "virtualenv": .string("python_env.yaml"),
        ]),
      ]),
    ])
    signature =
      kind.task == "text-classification"
      ? .sorted([
        "inputs": .string(#"[{"type": "string", "required": true}]"#),
        "outputs": .string(
          #"[{"type": "string", "name": "label", "required": true}, "#
            + #"{"type": "double", "name": "score", "required": true}]"#),
        "params": .null,
      ]) : nil
  }

  /// What says how the model is loaded; JSON, which is YAML too.
  ///
  /// - Parameters:
  ///   - run: The run that made it, as the server calls it.
  ///   - model: What the server calls the model; nil where it is part of a run.
  ///   - place: Where its files are.
  ///   - time: When it was made.
  /// - Returns: The content of `MLmodel`.
  func description(run: String, model: String?, place: String, time: String) -> JSONValue {
    var members: [String: JSONValue] = [
      "artifact_path": .string(place), "flavors": flavors, "run_id": .string(run),
      "utc_time_created": .string(time),
    ]
    if let model { (members["model_id"], members["model_uuid"]) = (.string(model), .string(model)) }
    if let signature { members["signature"] = signature }
    return .sorted(members)
  }

  /// Where it runs.
  private static var surroundings: [File] {
    let requirements = "mlflow\ntorch\ntransformers\n"
    let conda =
      "name: distill\nchannels:\n- conda-forge\ndependencies:\n- python\n- pip\n- pip:\n  - mlflow\n"
      + "  - torch\n  - transformers\n"
    let python = "build_dependencies:\n- pip\ndependencies:\n- -r requirements.txt\n"
    return [("requirements.txt", requirements), ("conda.yaml", conda), ("python_env.yaml", python)]
      .map { File(name: $0.0, content: .bytes(Array($0.1.utf8))) }
  }
}

/// The name in a registry under which a model is kept, and an alias of this version of it.
public struct RegisteredModel: Sendable, Equatable {
  let name: String
  let alias: String?

  /// Reads `NAME` or `NAME@ALIAS`; nil for what no registry takes.
  public init?(_ text: String) {
    let parts = text.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
    guard let name = parts.first, !name.isEmpty, name.utf8.count <= 250,
      name.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F && !#"/:'"`\%"#.utf8.contains($0) })
    else { return nil }
    self.name = String(name)
    guard parts.count == 2, let alias = parts.last else {
      self.alias = nil
      return
    }
    guard MLflowClient.isIdentity(String(alias)), alias != "latest" else { return nil }
    self.alias = String(alias)
  }
}
