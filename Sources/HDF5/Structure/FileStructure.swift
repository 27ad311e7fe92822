internal import Files

/// The bytes of an HDF5 file, of which nothing is believed.
///
/// A stranger's file may have any trailer it likes, and the HDF5 library was not made for hostile
/// files. What is read here is what the library writes under the formats that artifacts use (object
/// headers of version 2, compact and dense groups, contiguous and chunked data); every address and
/// length is checked before it is used, everything else is refused. The checksums inside are not
/// looked at: the trailer's digest covers the same bytes.
final class FileStructure {
  /// The path that errors say.
  let path: String
  /// Bytes that belong to HDF5: all before the trailer.
  let size: Int
  let file: RegularFile

  init(_ file: RegularFile, size: Int, shownAs path: String) {
    self.file = file
    self.size = size
    self.path = path
  }

  /// The error for a structure that the writer does not make.
  func fault(_ detail: String) -> HDF5Error {
    HDF5Error(
      .notAnArtifact, path: path,
      detail: "is not built as artifacts are: \(detail); have it made again by distill")
  }

  /// The `count` bytes at `address`; `what` is for the error.
  func block(at address: Int, count: Int, _ what: String) throws -> MetadataBlock {
    guard address >= 0, count >= 0, count <= size, address <= size - count else {
      throw fault("\(what) lies outside the file")
    }
    // Attributes are the largest metadata there are.
    guard count <= 2 * ArtifactFormat.attributeLimit else { throw fault("\(what) is too large") }
    return MetadataBlock(
      try file.read(at: address, count: count, as: UInt8.self)[...], what, of: self)
  }

  /// The object header of the root group.
  func rootHeader() throws -> ObjectHeader {
    var block = try block(at: 0, count: 48, "the superblock")
    try block.expect(ArtifactFormat.signature)
    // Version, bytes of an address and of a length; flags.
    guard try block.take(3).elementsEqual([2, 8, 8]) else {
      throw fault("the superblock is of another format")
    }
    try block.skip(1)
    let (base, extensionAddress) = (try block.address(), try block.address())
    let (end, root) = (try block.address(), try block.address())
    guard base == 0, extensionAddress == nil, let end, end <= size, let root else {
      throw fault("the superblock is of another format")
    }
    return try ObjectHeader(at: root, in: self)
  }
}

/// A piece of metadata, read front to back.
struct MetadataBlock {
  let what: String
  let structure: FileStructure
  private var rest: ArraySlice<UInt8>

  init(_ bytes: ArraySlice<UInt8>, _ what: String, of structure: FileStructure) {
    rest = bytes
    self.what = what
    self.structure = structure
  }

  /// Bytes that are left.
  var count: Int { rest.count }

  /// The next bytes.
  mutating func take(_ count: Int) throws -> ArraySlice<UInt8> {
    guard count >= 0, count <= rest.count else { throw structure.fault("\(what) is cut short") }
    defer { rest = rest.dropFirst(count) }
    return rest.prefix(count)
  }

  /// Passes over bytes.
  mutating func skip(_ count: Int) throws { _ = try take(count) }

  /// The next bytes as a block of their own.
  mutating func block(_ count: Int, _ what: String? = nil) throws -> MetadataBlock {
    MetadataBlock(try take(count), what ?? self.what, of: structure)
  }

  /// Refuses other bytes than these.
  mutating func expect(_ bytes: some Collection<UInt8>) throws {
    guard try take(bytes.count).elementsEqual(bytes) else {
      throw structure.fault("\(what) does not begin as one")
    }
  }

  /// An unsigned little-endian number of `width` bytes, at most 8.
  mutating func number(_ width: Int) throws -> Int {
    let bits = try take(width).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard let number = Int(exactly: bits) else {
      throw structure.fault("\(what) has an impossible number")
    }
    return number
  }

  /// An address; nil where there is none.
  mutating func address() throws -> Int? {
    let bytes = try take(8)
    if bytes.allSatisfy({ $0 == 0xFF }) { return nil }
    var block = MetadataBlock(bytes, what, of: structure)
    return try block.number(8)
  }
}
