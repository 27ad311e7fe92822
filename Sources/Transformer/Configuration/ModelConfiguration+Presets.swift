extension ModelConfiguration {
  /// TinyBERT4 (Jiao and others, 2020): 4 layers of 312 channels, 12 heads, 14.4 M parameters.
  public static let tinybert4l312 = ModelConfiguration(
    hiddenSize: 312, layerCount: 4, headCount: 12, intermediateSize: 1200)

  /// TinyBERT6 (Jiao and others, 2020): 6 layers of BERT-base's width, 67.0 M parameters.
  public static let tinybert6l768 = ModelConfiguration(
    hiddenSize: 768, layerCount: 6, headCount: 12, intermediateSize: 3072)

  /// TinyBERT4 with a layer less, for teachers of 6 layers.
  public static let tinybert3l312 = ModelConfiguration(
    hiddenSize: 312, layerCount: 3, headCount: 12, intermediateSize: 1200)

  /// MiniLM-L6-H384 (Wang and others, 2020): 6 layers of 384 channels, 12 heads.
  public static let minilm6l384 = ModelConfiguration(
    hiddenSize: 384, layerCount: 6, headCount: 12, intermediateSize: 1536)

  /// BERT-base (Devlin and others, 2019): 12 layers of 768 channels, 12 heads, 109.5 M parameters.
  public static let bertBase = ModelConfiguration(
    hiddenSize: 768, layerCount: 12, headCount: 12, intermediateSize: 3072)

  /// Every preset by the name it has on the command line and in pipeline files.
  public static let presets: KeyValuePairs<String, ModelConfiguration> = [
    "tinybert-4l-312": tinybert4l312,
    "tinybert-6l-768": tinybert6l768,
    "tinybert-3l-312": tinybert3l312,
    "minilm-6l-384": minilm6l384,
    "bert-base": bertBase,
  ]

  /// The preset of that name, or `nil`.
  public static func preset(_ name: String) -> ModelConfiguration? {
    presets.first { $0.key == name }?.value
  }
}
