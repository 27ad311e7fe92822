/// Numbers of one type that lie in a torch file, one after the other: tensors are views of them.
struct TorchStorage: Sendable {
  /// What the file calls it.
  let key: String
  /// The type of the numbers.
  let type: SafetensorsType
  /// How many there are.
  let count: Int

  /// Its bytes; nil where they are beyond counting.
  var byteCount: Int? {
    let (bytes, overflow) = count.multipliedReportingOverflow(by: type.bits / 8)
    return overflow ? nil : bytes
  }
}

/// A tensor as torch keeps it: part of a storage, by extents and strides, which several may share.
struct TorchView: Sendable {
  let storage: TorchStorage
  /// Its elements in the storage, from the first to the last.
  let span: Range<Int>
  let shape: [Int]
  /// Elements of the storage from one index of a dimension to the next.
  let strides: [Int]
  /// The number of its elements.
  let count: Int

  /// Checks that the view lies in its storage; nil where it does not, or shows numbers more than once.
  init?(_ storage: TorchStorage, offset: Int, shape: [Int], strides: [Int]) {
    guard offset >= 0, shape.count == strides.count, shape.count <= SafetensorsHeader.rankLimit,
      (shape + strides).allSatisfy({ $0 >= 0 })
    else { return nil }
    var count = 1
    var last = offset
    for (extent, stride) in zip(shape, strides) {
      let (product, isLong) = count.multipliedReportingOverflow(by: extent)
      let (step, isWide) = max(0, extent - 1).multipliedReportingOverflow(by: stride)
      let (end, isFar) = last.addingReportingOverflow(step)
      guard !isLong, !isWide, !isFar else { return nil }
      (count, last) = (product, end)
    }
    guard count <= storage.count, count == 0 || last < storage.count else { return nil }
    self.storage = storage
    self.shape = shape
    self.strides = strides
    self.count = count
    span = count == 0 ? 0..<0 : offset..<last + 1
  }

  /// Whether the elements lie in the order of the indices, without gaps.
  private var isContiguous: Bool {
    var expected = 1
    for (extent, stride) in zip(shape, strides).reversed() {
      guard extent == 1 || stride == expected else { return false }
      expected *= extent  // at most `count`
    }
    return true
  }

  /// Puts the elements of the span into the order of the indices.
  func ordered(_ span: [Float]) -> [Float] {
    guard count > 0, !isContiguous else { return span }
    var values: [Float] = []
    values.reserveCapacity(count)
    var index = [Int](repeating: 0, count: shape.count)
    var place = 0
    while values.count < count {
      values.append(span[place])
      for dimension in shape.indices.reversed() {
        index[dimension] += 1
        place += strides[dimension]
        if index[dimension] < shape[dimension] { break }
        place -= shape[dimension] * strides[dimension]
        index[dimension] = 0
      }
    }
    return values
  }
}
