internal import CHDF5

/// Finds the datasets of a file and refuses everything an artifact never contains.
///
/// A file with a valid trailer may still come from a stranger: links to other places, storage in
/// other files, virtual datasets, unusual types and filters, and extents the file cannot hold are
/// refused before anything is read.
enum ArtifactCatalogue {
  /// All datasets, in byte order of their names.
  static func datasets(in file: borrowing Handle, fileSize: Int) throws -> [DatasetInfo] {
    var found: [DatasetInfo] = []
    try collect(file.identifier, file.file, prefix: "", depth: 1, fileSize, into: &found)
    return found.sorted(by: DatasetInfo.precedes)
  }

  private static func collect(
    _ group: hid_t, _ path: String, prefix: String, depth: Int, _ fileSize: Int,
    into found: inout [DatasetInfo]
  ) throws {
    for link in try links(of: group, path) {
      let name = prefix + link.name
      func refuse(_ reason: String) -> HDF5Error {
        HDF5Error(.notAnArtifact, path: path, detail: "`\(name)` \(reason)")
      }
      guard link.isHard else { throw refuse("is a link to another place, which is not followed") }
      guard depth <= ArtifactFormat.depthLimit else { throw refuse("is nested too deep") }
      guard found.count < ArtifactFormat.datasetLimit else { throw refuse("is one too many") }
      let linkName = link.name
      // Opened as a group first only to learn the kind; the handle closes either.
      let object = try HDF5Library.call("cannot open `\(name)`", path) {
        unsafe H5Oopen(group, linkName, chdf5_default())
      }
      let kind = try HDF5Library.call("cannot examine `\(name)`", path) {
        Int64(H5Iget_type(object).rawValue)
      }
      switch kind {
      case Int64(H5I_GROUP.rawValue):
        let handle = try Handle(.group, "cannot open `\(name)`", path) { object }
        try collect(
          handle.identifier, path, prefix: name + "/", depth: depth + 1, fileSize, into: &found)
        try handle.close()
      case Int64(H5I_DATASET.rawValue):
        let handle = try Handle(.dataset, "cannot open `\(name)`", path) { object }
        found.append(try examine(handle, name, fileSize))
        try handle.close()
      default:
        HDF5Library.quietly { _ = H5Oclose(object) }
        throw refuse("is neither a group nor a dataset")
      }
    }
  }

  /// Checks one dataset and describes it.
  private static func examine(
    _ dataset: borrowing Handle, _ name: String, _ fileSize: Int
  ) throws -> DatasetInfo {
    let path = dataset.file
    let identifier = dataset.identifier
    let type = try Handle(.datatype, "cannot read the type of `\(name)`", path) {
      H5Dget_type(identifier)
    }
    let element = try Element.allCases.first { element in
      try HDF5Library.call("cannot read the type of `\(name)`", path) {
        H5Tequal(type.identifier, element.identifier())
      } > 0
    }
    guard let element else {
      throw HDF5Error(
        .notAnArtifact, path: path, detail: "`\(name)` has a type that artifacts do not use")
    }
    let info = DatasetInfo(name: name, element: element, shape: try shape(of: dataset, name))
    try info.validate(path)
    try checkStorage(of: dataset, info, fileSize)
    return info
  }

  private static func shape(of dataset: borrowing Handle, _ name: String) throws -> [Int] {
    let path = dataset.file
    let identifier = dataset.identifier
    let space = try Handle(.dataspace, "cannot read the shape of `\(name)`", path) {
      H5Dget_space(identifier)
    }
    let rank = try HDF5Library.call("cannot read the shape of `\(name)`", path) {
      H5Sget_simple_extent_ndims(space.identifier)
    }
    guard (1...ArtifactFormat.rankLimit).contains(Int(rank)) else {
      throw HDF5Error(.notAnArtifact, path: path, detail: "`\(name)` has \(rank) dimensions")
    }
    var extents = [hsize_t](repeating: 0, count: Int(rank))
    try HDF5Library.call("cannot read the shape of `\(name)`", path) {
      unsafe H5Sget_simple_extent_dims(space.identifier, &extents, nil)
    }
    return try extents.map { extent in
      guard let value = Int(exactly: extent) else {
        throw HDF5Error(.notAnArtifact, path: path, detail: "`\(name)` has an impossible shape")
      }
      return value
    }
  }

  /// Checks layout, filters, and that the file can hold what the shape promises.
  private static func checkStorage(
    of dataset: borrowing Handle, _ info: DatasetInfo, _ fileSize: Int
  ) throws {
    let path = dataset.file
    let identifier = dataset.identifier
    func refuse(_ reason: String) -> HDF5Error {
      HDF5Error(.notAnArtifact, path: path, detail: "`\(info.name)` \(reason)")
    }
    let list = try Handle(.properties, "cannot read the storage of `\(info.name)`", path) {
      H5Dget_create_plist(identifier)
    }
    let properties = list.identifier
    func ask<Status: SignedInteger>(_ body: () -> Status) throws -> Int {
      Int(try HDF5Library.call("cannot read the storage of `\(info.name)`", path, body))
    }
    let layout = H5D_layout_t(
      rawValue: H5D_layout_t.RawValue(try ask { Int64(H5Pget_layout(properties).rawValue) }))
    guard try ask({ H5Pget_external_count(properties) }) == 0 else {
      throw refuse("keeps its values in another file, which is not read")
    }
    var stored = 0
    _ = try ask {
      stored = Int(clamping: H5Dget_storage_size(identifier))
      return 0
    }
    guard stored <= fileSize else { throw refuse("claims more bytes than the file has") }
    switch layout {
    case H5D_CONTIGUOUS:
      guard stored == info.byteCount || (info.count == 0 && stored == 0) else {
        throw refuse("has shape \(info.shape), which does not fit its \(stored) bytes")
      }
    case H5D_CHUNKED:
      try checkChunks(properties, info, stored, refuse, ask)
    default:
      throw refuse("has a layout that artifacts do not use")
    }
    try checkFilters(properties, refuse, ask)
  }

  private static func checkChunks(
    _ properties: hid_t, _ info: DatasetInfo, _ stored: Int,
    _ refuse: (String) -> HDF5Error, _ ask: (() -> Int32) throws -> Int
  ) throws {
    var chunk = [hsize_t](repeating: 0, count: info.shape.count)
    _ = try ask { unsafe H5Pget_chunk(properties, Int32(info.shape.count), &chunk) }
    var bytes = info.element.size
    for extent in chunk {
      let (product, overflow) = bytes.multipliedReportingOverflow(by: Int(clamping: extent))
      guard !overflow, product <= ArtifactFormat.chunkLimit else {
        throw refuse("has chunks that are too large")
      }
      bytes = product
    }
    guard info.byteCount / ArtifactFormat.compressionLimit <= stored else {
      throw refuse("has shape \(info.shape), more than its \(stored) bytes can hold")
    }
  }

  private static func checkFilters(
    _ properties: hid_t, _ refuse: (String) -> HDF5Error, _ ask: (() -> Int32) throws -> Int
  ) throws {
    let allowed = [H5Z_FILTER_DEFLATE, H5Z_FILTER_SHUFFLE, H5Z_FILTER_FLETCHER32]
    for index in 0..<(try ask { H5Pget_nfilters(properties) }) {
      let filter = try ask {
        var valueCount = 0
        var flags: UInt32 = 0
        return unsafe H5Pget_filter2(
          properties, UInt32(index), &flags, &valueCount, nil, 0, nil, nil)
      }
      guard allowed.contains(Int32(filter)) else {
        throw refuse("uses filter \(filter), which artifacts do not use")
      }
    }
  }

  private struct Link {
    let name: String
    let isHard: Bool
  }

  private final class LinkList {
    var links: [Link] = []
  }

  /// The links of a group, in name order.
  private static func links(of group: hid_t, _ path: String) throws -> [Link] {
    let list = LinkList()
    try HDF5Library.call("cannot list a group", path) {
      let context = unsafe Unmanaged.passUnretained(list).toOpaque()
      return unsafe chdf5_each_link(
        group,
        { name, isHard, context in
          guard let name = unsafe name, let context = unsafe context else { return 1 }
          let list = unsafe Unmanaged<LinkList>.fromOpaque(context).takeUnretainedValue()
          list.links.append(Link(name: unsafe String(cString: name), isHard: isHard != 0))
          return list.links.count > ArtifactFormat.datasetLimit ? 1 : 0
        }, context)
    }
    return list.links
  }
}
