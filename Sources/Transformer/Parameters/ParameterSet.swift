public import Compute
public import RandomStreams

/// One float for every element of a layout: weights, or their gradients, or an optimiser's moments.
///
/// Like every matrix it is a view of memory that copies share.
public struct ParameterSet {
  /// Where each parameter lies.
  public let layout: ParameterLayout
  /// All elements as one row, `[1, layout.count]`.
  public let values: Matrix
  /// What products made of the weights; see ``weight(_:)``.
  let copies = PackedCopies()

  /// Makes a set of zeros.
  public init(_ layout: ParameterLayout) {
    self.layout = layout
    values = Matrix(rows: 1, columns: layout.count)
  }

  /// The parameter as a matrix, `[rows, columns]`.
  public subscript(_ parameter: Parameter) -> Matrix {
    matrix(at: parameter.offset, rows: parameter.rows, columns: parameter.columns)
  }

  /// The parameter as the weight of a product.
  public func weight(_ parameter: Parameter) -> Weight {
    Weight(self[parameter], copies: copies)
  }

  /// Adjacent parameters as the weight of one product; see ``joined(_:)``.
  func joinedWeight(_ parts: [Parameter]) -> Weight { Weight(joined(parts), copies: copies) }

  /// Adjacent parameters of equal width as one matrix: weights stacked by rows, biases end to end.
  public func joined(_ parts: [Parameter]) -> Matrix {
    var end = parts[0].offset
    for part in parts {
      precondition(
        part.offset == end && part.columns == parts[0].columns,
        "\(part.name) does not continue \(parts[0].name)")
      end += part.count
    }
    let count = end - parts[0].offset
    let rows = parts[0].shape.count == 2 ? parts.reduce(0) { $0 + $1.rows } : 1
    return matrix(at: parts[0].offset, rows: rows, columns: count / rows)
  }

  /// Fills every parameter as it declares: normal values of deviation `stdev`, zeros, or ones.
  ///
  /// Values depend on the stream and the parameter's name alone, so adding a parameter never changes
  /// another one.
  public func initialize(stdev: Float, stream: RandomStream) {
    for parameter in layout.parameters { initialize(parameter, stdev: stdev, stream: stream) }
  }

  /// Fills one parameter as it declares; see ``initialize(stdev:stream:)``.
  public func initialize(_ parameter: Parameter, stdev: Float, stream: RandomStream) {
    let matrix = self[parameter]
    switch parameter.initialization {
    case .zeros: matrix.fill(0)
    case .ones: matrix.fill(1)
    case .normal:
      var sequence = stream.sequence(site: siteIdentifier(parameter.name))
      matrix.withElements { elements in
        for index in elements.indices { elements[index] = stdev * Float(sequence.normal()) }
      }
    }
  }

  private func matrix(at offset: Int, rows: Int, columns: Int) -> Matrix {
    Matrix(
      buffer: values.buffer, offset: values.offset + offset, rows: rows, columns: columns,
      stride: columns)
  }
}
