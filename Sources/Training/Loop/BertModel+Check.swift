import Transformer

extension BertModel {
  /// Looks whether the model can take an example.
  ///
  /// - Parameters:
  ///   - example: The example.
  ///   - index: Its number.
  ///   - hasItsClasses: Whether the example's classes are the model's outputs: of one that is only run they may be
  ///     others.
  /// - Throws: `TrainingError` naming the example and the fault.
  func check(_ example: Example, index: Int, hasItsClasses: Bool = true) throws {
    let sequence = example.sequence
    guard !sequence.ids.isEmpty else {
      throw TrainingError.invalidExample(index, "has no tokens")
    }
    guard sequence.ids.count <= configuration.longestSequence else {
      throw TrainingError.invalidExample(
        index,
        "\(sequence.ids.count) tokens, but the model has \(configuration.longestSequence) "
          + "positions; prepare the data with a smaller max_seq_length")
    }
    for id in sequence.ids where id < 0 || Int(id) >= configuration.vocabularySize {
      throw TrainingError.invalidExample(
        index,
        "token id \(id) is beyond the model's vocabulary of \(configuration.vocabularySize); "
          + "prepare the data with the model's tokenizer")
    }
    for type in sequence.types
    where configuration.readsSegments
      && (type < 0 || Int(type) >= configuration.typeVocabularySize)
    {
      throw TrainingError.invalidExample(
        index, "segment \(type), but the model has \(configuration.typeVocabularySize)")
    }
    var outputs = logitShape?.columns
    if !hasItsClasses, case .tokenLabels = example.target { outputs = .max }
    if let outputs,
      let fault = example.target.fault(length: sequence.ids.count, outputs: outputs)
    {
      throw TrainingError.invalidExample(index, fault)
    }
  }
}
