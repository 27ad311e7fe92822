/// A file of named tensors of a model, whatever its format.
protocol TensorFile: AnyObject {
  /// Name, type and shape of each.
  var tensors: [SafetensorsTensor] { get }
  /// The values of a tensor of floats, rounded to single precision, last dimension fastest.
  func floats(_ name: String) throws -> [Float]
}

extension SafetensorsFile: TensorFile {}
