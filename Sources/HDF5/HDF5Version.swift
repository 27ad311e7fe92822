internal import CHDF5

/// The HDF5 library that is in use.
public enum HDF5Version {
  /// Its version, such as `1.10.8`.
  public static var text: String {
    var (major, minor, release): (UInt32, UInt32, UInt32) = (0, 0, 0)
    HDF5Library.quietly { unsafe _ = H5get_libversion(&major, &minor, &release) }
    return "\(major).\(minor).\(release)"
  }
}
