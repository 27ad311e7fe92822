/// The products that a context computed, by shape: the work of a training step, counted as it runs.
///
/// Shapes are those of the layer y = x W^T that a product belongs to: m rows of x, k inputs, n
/// outputs. A layer's three products have one shape and 2 m k n floating-point operations each.
public struct ProductRecord: Sendable, Equatable {
  /// What a product is to its layer.
  public enum Operation: String, Sendable, CaseIterable {
    /// y = x W^T: `[m, k]` by `[n, k]` transposed.
    case forward
    /// dx = dy W: `[m, n]` by `[n, k]`.
    case inputGradient = "input_gradient"
    /// dW = dy^T x: `[m, n]` transposed by `[m, k]`.
    case weightGradient = "weight_gradient"
    /// One of a head's products, m tokens with k channels attending to n.
    case attention
  }

  /// A product's operation and sizes.
  public struct Shape: Sendable, Hashable {
    /// What it is to its layer.
    public let operation: Operation
    /// Rows.
    public let m: Int
    /// Inputs.
    public let k: Int
    /// Outputs.
    public let n: Int

    /// A product's operation and sizes.
    public init(_ operation: Operation, m: Int, k: Int, n: Int) {
      self.operation = operation
      self.m = m
      self.k = k
      self.n = n
    }

    /// Floating-point operations, a multiplication and an addition counted as two.
    public var flops: Int { 2 * m * k * n }
  }

  /// How often each shape was computed.
  public private(set) var counts: [Shape: Int] = [:]

  /// An empty record.
  public init() {}

  /// Floating-point operations of all products.
  public var flops: Int { counts.reduce(0) { $0 + $1.key.flops * $1.value } }

  /// Counts products of a shape; empty ones are no work.
  public mutating func add(_ shape: Shape, count: Int = 1) {
    guard shape.flops > 0, count > 0 else { return }
    counts[shape, default: 0] += count
  }
}

extension ComputeContext {
  /// Notes c = op(a) op(b), `[rows, columns]`, where somebody counts.
  func noteProduct(
    rows: Int, columns: Int, depth: Int, transposingA: Bool = false, transposingB: Bool = false
  ) {
    guard productRecord != nil else { return }
    if transposingA {
      productRecord?.add(.init(.weightGradient, m: depth, k: columns, n: rows))
    } else if transposingB {
      productRecord?.add(.init(.forward, m: rows, k: depth, n: columns))
    } else {
      productRecord?.add(.init(.inputGradient, m: rows, k: columns, n: depth))
    }
  }

  /// Notes a product of a layer, `rows` of whose input are computed, where somebody counts.
  func noteProduct(_ operation: ProductRecord.Operation, rows: Int, _ weight: Weight) {
    productRecord?.add(
      .init(operation, m: rows, k: weight.matrix.columns, n: weight.matrix.rows))
  }

  /// Notes the products of attention: two a head forward (scores, context), four backward (the
  /// gradients of probabilities, values, queries and keys).
  func noteAttention(_ layout: AttentionLayout, productsOfHead: Int) {
    guard productRecord != nil else { return }
    for tile in 0..<layout.tiles {
      let place = layout.place(of: tile)
      productRecord?.add(
        .init(.attention, m: place.count, k: layout.width, n: place.length), count: productsOfHead)
    }
  }
}
