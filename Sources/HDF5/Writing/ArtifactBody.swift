internal import CHDF5
internal import Files

/// An artifact while its datasets are being written; valid inside `ArtifactWriter.write` only.
///
/// Names may contain `/`, which makes groups. Each dataset is written once.
public final class ArtifactBody {
  /// The artifact's path.
  public let path: String

  private var file: Handle
  // By their bytes: Swift takes two spellings of an accented letter for one.
  private var groups: Set<[UInt8]> = []
  private var names: Set<[UInt8]> = []
  private var finished: [(info: DatasetInfo, values: Digest)] = []
  private var growing: [AppendableDataset] = []

  init(creating temporary: String, shownAs path: String) throws {
    self.path = path
    let creation = try Handle.properties(chdf5_file_create(), path, createsObject: true)
    let access = try Handle.fileAccess(path)
    file = try Handle(.file, "cannot create the file", path) {
      unsafe H5Fcreate(temporary, chdf5_truncate(), creation.identifier, access.identifier)
    }
  }

  /// Writes floats.
  ///
  /// - Parameters:
  ///   - name: The dataset's name.
  ///   - shape: Its extents; their product is `values.count`.
  ///   - values: The values, last dimension fastest.
  ///   - storage: How they lie in the file.
  /// - Throws: `HDF5Error` if the name is taken or unacceptable, or the file cannot be written.
  public func floats(
    _ name: String, shape: [Int], values: [Float], storage: Storage = .contiguous
  ) throws {
    try write(DatasetInfo(name: name, element: .float32, shape: shape), values.span, storage)
  }

  /// Writes floats without a copy; otherwise as the variant for arrays.
  ///
  /// - Throws: `HDF5Error` if the name is taken or unacceptable, or the file cannot be written.
  public func floats(
    _ name: String, shape: [Int], values: Span<Float>, storage: Storage = .contiguous
  ) throws {
    try write(DatasetInfo(name: name, element: .float32, shape: shape), values, storage)
  }

  /// Writes 32-bit integers; the shape is one-dimensional where none is given.
  ///
  /// - Throws: `HDF5Error` if the name is taken or unacceptable, or the file cannot be written.
  public func int32s(
    _ name: String, shape: [Int]? = nil, values: [Int32], storage: Storage = .compressed
  ) throws {
    let shape = shape ?? [values.count]
    try write(DatasetInfo(name: name, element: .int32, shape: shape), values.span, storage)
  }

  /// Writes 64-bit integers; the shape is one-dimensional where none is given.
  ///
  /// - Throws: `HDF5Error` if the name is taken or unacceptable, or the file cannot be written.
  public func int64s(
    _ name: String, shape: [Int]? = nil, values: [Int64], storage: Storage = .compressed
  ) throws {
    let shape = shape ?? [values.count]
    try write(DatasetInfo(name: name, element: .int64, shape: shape), values.span, storage)
  }

  /// Writes bytes; the shape is one-dimensional where none is given.
  ///
  /// - Throws: `HDF5Error` if the name is taken or unacceptable, or the file cannot be written.
  public func bytes(
    _ name: String, shape: [Int]? = nil, values: [UInt8], storage: Storage = .compressed
  ) throws {
    let shape = shape ?? [values.count]
    try write(DatasetInfo(name: name, element: .uint8, shape: shape), values.span, storage)
  }

  /// Starts a compressed dataset whose first dimension grows as rows are appended.
  ///
  /// - Parameters:
  ///   - name: The dataset's name.
  ///   - element: The type of its elements.
  ///   - row: The extents of one row; none for a one-dimensional dataset.
  /// - Returns: The dataset, to append to until the artifact's body returns.
  /// - Throws: `HDF5Error` if the name is taken or unacceptable, or the file cannot be written.
  public func appendable(
    _ name: String, _ element: Element, row: [Int] = []
  ) throws -> AppendableDataset {
    let info = DatasetInfo(name: name, element: element, shape: [0] + row)
    try register(info)
    precondition(info.rowCount > 0, "rows of shape \(row) have no elements")
    let dataset = AppendableDataset(
      info, try DatasetCreation.create(info, .compressed, growing: true, in: file))
    growing.append(dataset)
    return dataset
  }

  private func write<Number: PlainNumber>(
    _ info: DatasetInfo, _ values: Span<Number>, _ storage: Storage
  ) throws {
    try register(info)
    precondition(
      values.count == info.count, "\(values.count) values for `\(info.name)` of shape \(info.shape)"
    )
    let dataset = try DatasetCreation.create(info, storage, growing: false, in: file)
    var builder = DigestBuilder()
    builder.update(values)
    if values.count > 0 {
      unsafe _ = try values.withUnsafeBytes { buffer in
        try HDF5Library.call("cannot write `\(info.name)`", path) {
          unsafe H5Dwrite(
            dataset.identifier, info.element.identifier(), chdf5_all(), chdf5_all(),
            chdf5_default(), buffer.baseAddress)
        }
      }
    }
    try dataset.close()
    finished.append((info, builder.finish()))
  }

  /// Checks the name and makes the groups it passes through.
  private func register(_ info: DatasetInfo) throws {
    try info.validate(path)
    guard names.insert(Array(info.name.utf8)).inserted,
      !groups.contains(Array(info.name.utf8))
    else {
      throw HDF5Error(.invalidDataset, path: path, detail: "`\(info.name)` is written twice")
    }
    var group = ""
    for part in info.name.split(separator: "/").dropLast() {
      group += (group.isEmpty ? "" : "/") + part
      guard !names.contains(Array(group.utf8)) else {
        throw HDF5Error(
          .invalidDataset, path: path, detail: "`\(group)` is a dataset and cannot hold others")
      }
      guard groups.insert(Array(group.utf8)).inserted else { continue }
      let name = group
      let creation = try Handle.properties(chdf5_group_create(), path, createsObject: true)
      let links = try DatasetCreation.linkCreation(path)
      let made = try Handle(.group, "cannot create the group `\(name)`", path) {
        unsafe H5Gcreate2(
          file.identifier, name, links.identifier, creation.identifier, chdf5_default())
      }
      try made.close()
    }
  }

  /// Writes what growing datasets still hold and closes them.
  func finishDatasets() throws -> [(info: DatasetInfo, values: Digest)] {
    for dataset in growing { finished.append(try dataset.finish()) }
    growing = []
    return finished
  }

  /// Writes the root attributes and closes the file.
  func close(
    kind: String, content: Digest, createdBy: String, configuration: [UInt8], inputs: [UInt8]
  ) throws {
    try RootAttributes.write(
      ArtifactFormat.version, as: ArtifactFormat.versionAttribute, in: file)
    for (name, text) in [
      (ArtifactFormat.kindAttribute, Array(kind.utf8)),
      (ArtifactFormat.contentAttribute, Array(content.hexadecimal.utf8)),
      (ArtifactFormat.creatorAttribute, Array(createdBy.utf8)),
      (ArtifactFormat.configurationAttribute, configuration),
      (ArtifactFormat.inputsAttribute, inputs),
    ] {
      try RootAttributes.write(text, as: name, in: file)
    }
    try HDF5Library.call("cannot flush", path) { H5Fflush(file.identifier, H5F_SCOPE_GLOBAL) }
    try file.closeInPlace()
  }
}
