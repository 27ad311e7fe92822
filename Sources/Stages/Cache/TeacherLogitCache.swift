import Files
import HDF5
import Pipelines

/// The teacher's logits of all training rows of a dataset, kept in the workspace's cache as an
/// artifact of kind `logits`.
///
/// | dataset | type and shape |
/// |---|---|
/// | `logits` | float32 `[training rows, labels]` |
struct TeacherLogitCache {
  /// The `kind` attribute.
  static let kind = "logits"

  /// Teacher and rows: the `config_json` attribute, and the key.
  let origin: TeacherLogitsOrigin

  private let path: String
  private let folder: String
  private let shape: [Int]

  /// The cache of this teacher and these rows.
  init(_ context: StageContext, origin: TeacherLogitsOrigin, rows: Int) throws {
    self.origin = origin
    folder = context.cacheFolder
    path = try CacheName.path("teacher-logits", origin, suffix: "h5", in: folder)
    shape = [rows, origin.labels.count]
  }

  /// The logits, `[rows, labels]`, row-major; nil where there are none that are whole and of these
  /// very rows.
  func read(_ context: StageContext) -> [Float]? {
    guard fileExists(path) else { return nil }
    do {
      let reader = try ArtifactReader(path: path, expecting: Self.kind)
      let found = try CanonicalJSON.decode(
        TeacherLogitsOrigin.self, from: reader.configuration, of: path)
      guard found == origin, reader.datasets.map(\.shape) == [shape] else {
        throw StageError.badData(path, "is of another teacher or other rows", cure: "remove it")
      }
      let logits = try reader.floats("logits")
      context.note("teacher logits: \(path) is used")
      return logits
    } catch {
      context.note("teacher logits: those kept cannot be used: \(error)")
      return nil
    }
  }

  /// Keeps the logits, `[rows, labels]`, row-major.
  ///
  /// - Throws: `HDF5Error` or `FileError`.
  func write(_ logits: [Float]) throws {
    try ensureDirectory(folder)
    try ArtifactWriter.write(
      to: path, kind: Self.kind, configuration: try CanonicalJSON.encode(origin),
      inputs: try CanonicalJSON.encode([
        "dataset": origin.dataset, "teacher": origin.teacher,
      ]), createdBy: Product.createdBy
    ) { body in
      try body.floats("logits", shape: shape, values: logits)
    }
  }
}
