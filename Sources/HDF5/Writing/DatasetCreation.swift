internal import CHDF5

/// How datasets come into being.
enum DatasetCreation {
  /// How hard zlib tries.
  static let deflateLevel: Int32 = 4

  /// Creates the dataset `info.name`; its groups exist.
  static func create(
    _ info: DatasetInfo, _ storage: Storage, growing: Bool, in file: borrowing Handle
  ) throws -> Handle {
    let path = file.file
    let identifier = file.identifier
    let creation = try Handle.properties(chdf5_dataset_create(), path, createsObject: true)
    // Everything is written, so nothing has to be filled first.
    try HDF5Library.call("cannot set the fill time", path) {
      H5Pset_fill_time(creation.identifier, H5D_FILL_TIME_NEVER)
    }
    // A fixed dimension of 0 admits no chunk.
    if storage == .compressed && (growing || info.count > 0) {
      let chunk = chunkShape(of: info, growing: growing).map { hsize_t($0) }
      try HDF5Library.call("cannot set the storage of `\(info.name)`", path) {
        let list = creation.identifier
        let statuses = unsafe [
          H5Pset_chunk(list, Int32(chunk.count), chunk), H5Pset_shuffle(list),
          H5Pset_deflate(list, UInt32(clamping: deflateLevel)), H5Pset_fletcher32(list),
        ]
        return statuses.min() ?? 0
      }
    }
    let space = try Handle.dataspace(info.shape, growing: growing, path)
    let links = try linkCreation(path)
    return try Handle(.dataset, "cannot create `\(info.name)`", path) {
      unsafe H5Dcreate2(
        identifier, info.name, info.element.identifier(), space.identifier, links.identifier,
        creation.identifier, chdf5_default())
    }
  }

  /// Link names are UTF-8.
  static func linkCreation(_ path: String) throws -> Handle {
    let list = try Handle.properties(chdf5_link_create(), path)
    try HDF5Library.call("cannot set the encoding of names", path) {
      H5Pset_char_encoding(list.identifier, H5T_CSET_UTF8)
    }
    return list
  }

  /// As many whole rows as make a chunk, at least one.
  static func chunkShape(of info: DatasetInfo, growing: Bool) -> [Int] {
    let rows = max(1, ArtifactFormat.chunkBytes / (info.rowCount * info.element.size))
    return [growing ? rows : min(rows, info.shape[0])] + info.shape.dropFirst()
  }
}
