/// Constants of the artifact format.
enum ArtifactFormat {
  /// The version written, and the newest that is read.
  static let version = 1

  /// The first bytes of every HDF5 file without a user block.
  static let signature: [UInt8] = [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A]

  /// The trailer: these 32 bytes, then the 32 bytes of the SHA-256 of all that comes before.
  static let trailerMagic = Array("distill artifact trailer sha256\n".utf8)
  static let trailerSize = 64

  // Names of the root attributes.
  static let versionAttribute = "distill_format"
  static let kindAttribute = "kind"
  static let contentAttribute = "content_sha256"
  static let creatorAttribute = "created_by"
  static let configurationAttribute = "config_json"
  static let inputsAttribute = "inputs_json"

  // Limits, far above what is written, that keep a stranger's file from costing much.
  static let rankLimit = 8
  static let depthLimit = 8
  static let nameLimit = 1024
  static let datasetLimit = 100_000
  static let attributeLimit = 1 << 26
  static let attributeCountLimit = 64

  /// Bytes of a chunk before compression; several fit the library's cache of 1 MiB.
  static let chunkBytes = 1 << 18
  /// The largest chunk accepted when reading.
  static let chunkLimit = 1 << 26
  /// Deflate cannot shrink more than about 1032 to 1: a dataset that claims more is a lie.
  static let compressionLimit = 1100
}
