internal import CHDF5

/// Attributes of the root group: text of fixed length, which every reader shows, and one integer.
enum RootAttributes {
  /// Writes `text` (UTF-8, no trailing NUL) as the attribute `name`.
  static func write(_ text: [UInt8], as name: String, in root: borrowing Handle) throws {
    let file = root.file
    guard text.count <= ArtifactFormat.attributeLimit else {
      throw HDF5Error(.invalidDataset, path: file, detail: "attribute `\(name)` is too long")
    }
    let type = try stringType(size: max(1, text.count), file)
    let space = try Handle(.dataspace, "cannot describe a scalar", file) { H5Screate(H5S_SCALAR) }
    let attribute = try create(name, type, space, in: root)
    // An empty text is one NUL: HDF5 has no strings of size 0.
    let bytes = text.isEmpty ? [0] : text
    try HDF5Library.call("cannot write the attribute `\(name)`", file) {
      unsafe H5Awrite(attribute.identifier, type.identifier, bytes)
    }
    try attribute.close()
  }

  /// Writes `value` as the attribute `name`.
  static func write(_ value: Int, as name: String, in root: borrowing Handle) throws {
    let file = root.file
    let space = try Handle(.dataspace, "cannot describe a scalar", file) { H5Screate(H5S_SCALAR) }
    let type = try Handle(.datatype, "cannot copy a type", file) { H5Tcopy(chdf5_int64()) }
    let attribute = try create(name, type, space, in: root)
    var stored = Int64(value)
    try HDF5Library.call("cannot write the attribute `\(name)`", file) {
      unsafe H5Awrite(attribute.identifier, type.identifier, &stored)
    }
    try attribute.close()
  }

  private static func stringType(size: Int, _ file: String) throws -> Handle {
    let type = try Handle(.datatype, "cannot copy a type", file) { H5Tcopy(chdf5_string()) }
    try HDF5Library.call("cannot make a string type", file) {
      let problem = min(
        H5Tset_size(type.identifier, size), H5Tset_strpad(type.identifier, H5T_STR_NULLPAD))
      return min(problem, H5Tset_cset(type.identifier, H5T_CSET_UTF8))
    }
    return type
  }

  private static func create(
    _ name: String, _ type: borrowing Handle, _ space: borrowing Handle, in root: borrowing Handle
  ) throws -> Handle {
    let (rootIdentifier, typeIdentifier) = (root.identifier, type.identifier)
    let spaceIdentifier = space.identifier
    return try Handle(.attribute, "cannot create the attribute `\(name)`", root.file) {
      unsafe H5Acreate2(
        rootIdentifier, name, typeIdentifier, spaceIdentifier, chdf5_default(), chdf5_default())
    }
  }
}
