internal import CHDF5
internal import Files

/// A dataset that grows row by row, in constant memory; made by `ArtifactBody.appendable`.
public final class AppendableDataset {
  /// Rows appended so far.
  public private(set) var rows = 0

  private let name: String
  private let element: Element
  private let row: [Int]  // extents of one row
  private let rowBytes: Int
  private let chunkBytes: Int  // of whole rows; written as one piece, so that it is deflated once
  private var dataset: Handle
  private var builder = DigestBuilder()
  private var pending: [UInt8] = []
  private var written = 0  // rows in the file

  init(_ info: DatasetInfo, _ dataset: consuming Handle) {
    name = info.name
    element = info.element
    row = Array(info.shape.dropFirst())
    rowBytes = info.rowCount * info.element.size
    chunkBytes = DatasetCreation.chunkShape(of: info, growing: true)[0] * rowBytes
    self.dataset = dataset
  }

  /// Appends floats, a whole number of rows.
  ///
  /// - Throws: `HDF5Error` if the file cannot be written.
  public func append(_ values: [Float]) throws { try append(values, .float32) }

  /// Appends 32-bit integers, a whole number of rows.
  ///
  /// - Throws: `HDF5Error` if the file cannot be written.
  public func append(_ values: [Int32]) throws { try append(values, .int32) }

  /// Appends 64-bit integers, a whole number of rows.
  ///
  /// - Throws: `HDF5Error` if the file cannot be written.
  public func append(_ values: [Int64]) throws { try append(values, .int64) }

  /// Appends bytes, a whole number of rows.
  ///
  /// - Throws: `HDF5Error` if the file cannot be written.
  public func append(_ values: [UInt8]) throws { try append(values, .uint8) }

  private func append<Number: PlainNumber>(_ values: [Number], _ given: Element) throws {
    precondition(given == element, "\(given) values for `\(name)` of \(element)")
    precondition(dataset.isOpen, "`\(name)` is appended to after its artifact was finished")
    builder.update(values)
    unsafe values.withUnsafeBytes { unsafe pending.append(contentsOf: $0) }
    let bytes = values.count * element.size
    precondition(bytes % rowBytes == 0, "\(values.count) values are not whole rows of `\(name)`")
    rows += bytes / rowBytes
    var start = 0
    while pending.count - start >= chunkBytes {
      try write(pending[start..<start + chunkBytes])
      start += chunkBytes
    }
    if start > 0 { pending.removeSubrange(..<start) }
  }

  /// Extends the dataset by the rows in `bytes` and writes them.
  private func write(_ bytes: ArraySlice<UInt8>) throws {
    let (file, identifier) = (dataset.file, dataset.identifier)
    let added = bytes.count / rowBytes
    let extents = ([written + added] + row).map { hsize_t($0) }
    let start = ([written] + row.map { _ in 0 }).map { hsize_t($0) }
    let count = ([added] + row).map { hsize_t($0) }
    try HDF5Library.call("cannot extend `\(name)`", file) {
      unsafe H5Dset_extent(identifier, extents)
    }
    let target = try Handle(.dataspace, "cannot read the shape of `\(name)`", file) {
      H5Dget_space(identifier)
    }
    let source = try Handle.dataspace([added] + row, file)
    try HDF5Library.call("cannot select rows of `\(name)`", file) {
      unsafe H5Sselect_hyperslab(target.identifier, H5S_SELECT_SET, start, nil, count, nil)
    }
    unsafe _ = try bytes.withUnsafeBytes { buffer in
      try HDF5Library.call("cannot write `\(name)`", file) {
        unsafe H5Dwrite(
          identifier, element.identifier(), source.identifier, target.identifier, chdf5_default(),
          buffer.baseAddress)
      }
    }
    written += added
  }

  /// Writes the rest, closes, and says what the dataset holds.
  func finish() throws -> (info: DatasetInfo, values: Digest) {
    if !pending.isEmpty { try write(pending[...]) }
    pending = []
    try dataset.closeInPlace()
    return (DatasetInfo(name: name, element: element, shape: [rows] + row), builder.finish())
  }
}
