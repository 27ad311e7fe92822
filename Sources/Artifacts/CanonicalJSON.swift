import Files
import Foundation

/// JSON with sorted keys and no escaped slashes: equal values give equal bytes.
public enum CanonicalJSON {
  /// Encodes a value.
  public static func encode(_ value: some Encodable) throws -> [UInt8] {
    try JSONValue(encoding: value).encoded(.canonical)
  }

  /// Decodes a value; a failure is told as bad data of `path`.
  public static func decode<Value: Decodable>(
    _ type: Value.Type, from bytes: [UInt8], of path: String
  ) throws -> Value {
    do {
      return try JSONDecoder().decode(type, from: Data(bytes))
    } catch let error as DecodingError {
      throw ArtifactError.badData(
        path, "its description is not understood (\(error.shortReason))",
        cure: "make the artifact again with this version")
    }
  }
}

extension DecodingError {
  /// The key path and the reason in a few words.
  public var shortReason: String {
    let context: Context
    switch self {
    case .typeMismatch(_, let found), .valueNotFound(_, let found), .keyNotFound(_, let found),
      .dataCorrupted(let found):
      context = found
    @unknown default: return "unknown fault"
    }
    let path = context.codingPath.map(\.stringValue).joined(separator: ".")
    return path.isEmpty ? context.debugDescription : "\(path): \(context.debugDescription)"
  }
}
