import Files
import Pipelines

/// The pipeline file that is meant where none is named: `distill.yaml`, as `init` writes it.
enum UsualFile {
  static let name = "distill.yaml"

  /// What is named, or else the usual file of this folder; of a folder that has such a file, but in which
  /// nothing was run, the file in it.
  ///
  /// - Parameter given: What is named; nil where nothing is.
  /// - Returns: The path.
  /// - Throws: `PipelineError` where nothing is named and there is no such file here.
  static func place(_ given: String?) throws -> String {
    guard let given else {
      guard fileExists(name), !isFolder(name) else {
        throw PipelineError(
          .usage,
          "no pipeline file is named, and here is no \(name); name one, or make one: distill init")
      }
      return name
    }
    guard !ServerAddress.isMeant(given), isFolder(given), Place.workspace(of: given) == nil else {
      return given
    }
    let inside = (given.hasSuffix("/") ? String(given.dropLast()) : given) + "/" + name
    return fileExists(inside) ? inside : given
  }

  /// The same for commands that take several.
  static func places(_ given: [String]) throws -> [String] {
    given.isEmpty ? [try place(nil)] : try given.map { try place($0) }
  }
}
