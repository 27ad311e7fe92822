public import Files
import Transformer

extension HuggingFaceConfiguration {
  /// The file as transformers writes it: what it needs, and weights announced as float32.
  public var json: JSONValue {
    var object = JSONObject()
    object.append("architectures", .array(architectures.map { .string($0) }))
    object.append("model_type", .string("bert"))
    object.append("vocab_size", .integer(model.vocabularySize))
    object.append("hidden_size", .integer(model.hiddenSize))
    object.append("num_hidden_layers", .integer(model.layerCount))
    object.append("num_attention_heads", .integer(model.headCount))
    object.append("intermediate_size", .integer(model.intermediateSize))
    object.append("max_position_embeddings", .integer(model.maximumPositions))
    object.append("type_vocab_size", .integer(model.typeVocabularySize))
    object.append("hidden_act", .string(model.hiddenActivation))
    object.append("hidden_dropout_prob", .real(model.hiddenDropout))
    object.append("attention_probs_dropout_prob", .real(model.attentionDropout))
    object.append("classifier_dropout", model.classifierDropout.map { .real($0) } ?? .null)
    object.append("initializer_range", .real(model.initializerRange))
    object.append("layer_norm_eps", .real(model.layerNormEpsilon))
    object.append("pad_token_id", .integer(model.paddingToken))
    object.append("position_embedding_type", .string(model.positionEmbeddingType))
    if !labels.isEmpty {
      object.append(
        "id2label",
        .object(JSONObject(labels.enumerated().map { (String($0), .string($1)) })))
      object.append(
        "label2id", .object(JSONObject(labels.enumerated().map { ($1, .integer($0)) })))
    }
    if let problemType { object.append("problem_type", .string(problemType.rawValue)) }
    // Version 5 of transformers reads `dtype`, version 4 reads `torch_dtype`.
    object.append("dtype", .string("float32"))
    object.append("torch_dtype", .string("float32"))
    return .object(object)
  }
}
