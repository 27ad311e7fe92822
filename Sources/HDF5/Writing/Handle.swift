internal import CHDF5

/// An identifier of the HDF5 library, closed exactly once.
///
/// A failed write of a chunk shows only when the dataset is closed, so every path that means to keep
/// what it wrote ends in `close()`; going out of scope is the failure path.
struct Handle: ~Copyable {
  /// What the identifier stands for.
  enum Kind: String {
    case file
    case group
    case dataset
    case dataspace
    case datatype
    case attribute
    case properties
  }

  private(set) var identifier: hid_t
  let kind: Kind
  let file: String

  /// Takes over the identifier that `body` makes.
  init(
    _ kind: Kind, _ operation: @autoclosure () -> String, _ file: String, _ body: () -> hid_t
  ) throws {
    identifier = try HDF5Library.call(operation(), file, body)
    self.kind = kind
    self.file = file
  }

  deinit {
    if isOpen {
      let (identifier, kind) = (identifier, kind)
      HDF5Library.quietly { _ = Self.release(identifier, kind) }
    }
  }

  /// Whether `close` is still to come.
  var isOpen: Bool { identifier >= 0 }

  /// Closes and reports what the library held back.
  consuming func close() throws { try closeInPlace() }

  /// `close()` for a handle that a class holds.
  mutating func closeInPlace() throws {
    guard isOpen else { return }
    let closing = identifier
    let kind = kind
    identifier = -1
    try HDF5Library.call("cannot finish a \(kind.rawValue)", file) { Self.release(closing, kind) }
  }

  private static func release(_ identifier: hid_t, _ kind: Kind) -> herr_t {
    switch kind {
    case .file: H5Fclose(identifier)
    case .group: H5Gclose(identifier)
    case .dataset: H5Dclose(identifier)
    case .dataspace: H5Sclose(identifier)
    case .datatype: H5Tclose(identifier)
    case .attribute: H5Aclose(identifier)
    case .properties: H5Pclose(identifier)
    }
  }
}

extension Handle {
  /// A property list of `propertyClass`, with object times off where it creates an object: equal
  /// content must give equal bytes.
  ///
  /// The class is named late: naming it sets the library up, which `HDF5Library.call` must do first.
  static func properties(
    _ propertyClass: @autoclosure () -> hid_t, _ file: String, createsObject: Bool = false
  ) throws -> Handle {
    let list = try Handle(.properties, "cannot make a property list", file) {
      H5Pcreate(propertyClass())
    }
    if createsObject {
      try HDF5Library.call("cannot switch object times off", file) {
        chdf5_disable_object_times(list.identifier)
      }
    }
    return list
  }

  /// How files are opened: everything inside closed with the file, formats of 1.8 to 1.10, no
  /// `flock`.
  static func fileAccess(_ file: String) throws -> Handle {
    let list = try properties(chdf5_file_access(), file)
    try HDF5Library.call("cannot set how the file is closed", file) {
      H5Pset_fclose_degree(list.identifier, H5F_CLOSE_STRONG)
    }
    try HDF5Library.call("cannot set the format versions", file) {
      H5Pset_libver_bounds(list.identifier, H5F_LIBVER_V18, H5F_LIBVER_V110)
    }
    try HDF5Library.call("cannot switch file locks off", file) {
      chdf5_disable_file_locking(list.identifier)
    }
    return list
  }

  /// A dataspace of `shape`; `growing` leaves the first dimension without a limit.
  static func dataspace(_ shape: [Int], growing: Bool = false, _ file: String) throws -> Handle {
    let extents = shape.map { hsize_t($0) }
    var limits = extents
    if growing { limits[0] = chdf5_unlimited() }
    return try Handle(.dataspace, "cannot describe a shape", file) {
      unsafe H5Screate_simple(Int32(extents.count), extents, limits)
    }
  }
}
