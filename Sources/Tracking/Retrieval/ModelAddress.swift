internal import Files
internal import Pipelines

/// The address of a model on an MLflow server, as it is written in the place of a folder.
///
/// ```
///   mlflow:runs/RUN/NAME           what a run logged under this name, such as model
///   mlflow:models/NAME@ALIAS       the version in the registry that the alias means now
///   mlflow:models/NAME/VERSION     a version in the registry
///   mlflow:models/m-ID             a logged model (MLflow 3)
/// ```
public struct ModelAddress: Sendable, Equatable, CustomStringConvertible {
  /// What is named.
  enum Meaning: Sendable, Equatable {
    case run(String, path: String)
    case alias(name: String, alias: String)
    case version(name: String, version: String)
    case logged(String)
  }

  let meaning: Meaning

  private static let forms =
    "give mlflow:runs/RUN/NAME, mlflow:models/NAME@ALIAS or mlflow:models/NAME/VERSION"

  /// Whether `text` is meant to be such an address, right or wrong.
  public static func isMeant(_ text: String) -> Bool { ServerAddress.isMeant(text) }

  /// Reads an address; MLflow's own spellings may follow `mlflow:` too (`mlflow:models:/NAME@ALIAS`).
  ///
  /// - Throws: `PipelineError` with status `usage` for what names no model.
  public init(_ text: String) throws {
    guard let meaning = Self.meaning(of: text) else {
      throw PipelineError(
        .usage, at: briefly(text, limit: 300), "is no address of a model; \(Self.forms)")
    }
    self.meaning = meaning
  }

  init(_ meaning: Meaning) { self.meaning = meaning }

  private static func meaning(of text: String) -> Meaning? {
    guard isMeant(text) else { return nil }
    return meaning(ofPlain: String(text.dropFirst(ServerAddress.prefix.count)))
  }

  /// What `runs/...`, `runs:/...`, `models/...` or `models:/...` mean; nil where it is nothing.
  static func meaning(ofPlain text: String) -> Meaning? {
    var parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    guard let first = parts.first else { return nil }
    parts.removeFirst()
    switch first {
    case "runs", "runs:":
      guard parts.count >= 2, let run = parts.first, MLflowClient.isIdentity(run) else {
        return nil
      }
      let path = parts.dropFirst().joined(separator: "/")
      return isPath(path) ? .run(run, path: path) : nil
    case "models", "models:": return meaning(ofModel: parts)
    default: return nil
    }
  }

  private static func meaning(ofModel parts: [String]) -> Meaning? {
    guard let name = parts.first else { return nil }
    if parts.count == 2, let version = parts.last {
      guard RegisteredModel(name)?.alias == nil, RegisteredModel(name) != nil, isPlain(name),
        isNumber(version)
      else { return nil }
      return .version(name: name, version: version)
    }
    guard parts.count == 1 else { return nil }
    if let model = RegisteredModel(name), let alias = model.alias, isPlain(model.name) {
      return .alias(name: model.name, alias: alias)
    }
    return name.hasPrefix("m-") && MLflowClient.isIdentity(name) ? .logged(name) : nil
  }

  private static func isNumber(_ text: String) -> Bool {
    (1...18).contains(text.utf8.count)
      && text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
  }

  /// Whether `text` is a way down, within the bounds of a server's artifacts.
  static func isPath(_ text: String) -> Bool {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    return text.utf8.count <= 500 && !parts.isEmpty && parts.count <= 20
      && parts.allSatisfy { isPlain(String($0)) }
  }

  /// Whether `name` may be the name of one file or folder, here and there.
  static func isPlain(_ name: String) -> Bool {
    (1...200).contains(name.utf8.count) && !name.hasPrefix(".") && !name.hasPrefix("~")
      && !name.utf8.contains(UInt8(ascii: "/")) && !name.utf8.contains(UInt8(ascii: "\\"))
      && printable(name) == name
  }

  /// The address in its first spelling.
  public var description: String {
    switch meaning {
    case .run(let run, let path): ServerAddress.prefix + "runs/\(run)/\(path)"
    case .alias(let name, let alias): ServerAddress.prefix + "models/\(name)@\(alias)"
    case .version(let name, let version): ServerAddress.prefix + "models/\(name)/\(version)"
    case .logged(let model): ServerAddress.prefix + "models/\(model)"
    }
  }
}
