internal import Files
internal import HTTP

extension MLflowClient {
  /// Something that lies where a server keeps artifacts.
  struct Artifact: Equatable {
    /// Its name in its folder.
    let name: String
    /// Whether it is a folder.
    let isFolder: Bool
    /// Bytes, as the server says; nil where it does not.
    let size: Int?
  }

  /// The most entries of a folder that are looked at.
  static let entryLimit = 2_000
  /// The largest model that is fetched, in bytes.
  static let modelLimit = 64 << 30

  /// The parts of an artifact place that is reached through this server; nil for any other.
  static func parts(ofPlace place: String) -> [String]? {
    let scheme = "mlflow-artifacts:"
    guard place.hasPrefix(scheme) else { return nil }
    var path = place.dropFirst(scheme.count)
    // A place on another host is none of this server.
    if path.hasPrefix("//") {
      guard path.hasPrefix("///") else { return nil }
      path = path.dropFirst(2)
    }
    let parts = path.split(separator: "/").map(String.init)
    return parts.isEmpty || parts.contains("..") ? nil : parts
  }

  /// Where a file of an artifact place is put and got; nil where that is not through this server.
  func address(of place: String) -> String? {
    Self.parts(ofPlace: place).map {
      "\(artifactRoot)/" + $0.map(WebAddress.escaped).joined(separator: "/")
    }
  }

  private var artifactRoot: String {
    "\(server.address.text)/api/2.0/mlflow-artifacts/artifacts"
  }

  /// What lies in a folder; nothing where there is none.
  ///
  /// - Throws: `MLflowFault`, also for a name that would lead out of the folder.
  func list(_ place: [String]) throws -> [Artifact] {
    let path = WebAddress.escaped(place.joined(separator: "/"))
    let found = try get("\(artifactRoot)?path=\(path)", limit: 1 << 22)
    let files = found["files"]?.array ?? []
    guard files.count <= Self.entryLimit else {
      throw MLflowFault.lasting("there are \(files.count) files in one folder: that is no model")
    }
    return try files.map { file in
      let object = file.object
      // Old servers give the whole path.
      let given = object?["path"]?.string ?? ""
      let folder = place.joined(separator: "/") + "/"
      let name = given.hasPrefix(folder) ? String(given.trimmingPrefix(folder)) : given
      let isHidden = name.hasPrefix(".") && !name.hasPrefix("..") && !name.contains("/")
      guard ModelAddress.isPlain(name) || isHidden else {
        throw MLflowFault.lasting(
          "it has a file of the name \(briefly(name, limit: 100)), which is none to keep")
      }
      let value = object?["file_size"]
      let size = value?.integer ?? value?.string.flatMap { Int($0) }
      return Artifact(
        name: name, isFolder: object?["is_dir"]?.boolean ?? false,
        size: size.flatMap { $0 >= 0 ? $0 : nil })
    }
  }

  /// Gets a small file.
  ///
  /// - Throws: `MLflowFault`.
  func bytes(at place: [String], size: Int?, limit: Int) throws -> [UInt8] {
    var request = HTTPRequest("GET", address(of: place), headers: identification)
    request.limit = limit
    let response = try send(request)
    guard (200..<300).contains(response.status) else {
      throw MLflowFault(response, isAuthorized: server.authorization != nil)
    }
    try Self.check(response.body.count, of: size)
    return response.body
  }

  /// Gets a file.
  ///
  /// - Parameters:
  ///   - place: Where it is there.
  ///   - size: Its bytes, where they are known: an answer of other length is none.
  ///   - limit: The most bytes that are taken where they are not known.
  ///   - path: The file that is made anew here; not whole where this throws.
  /// - Throws: `MLflowFault`; `FileError` where it cannot be written, or is longer than `limit`.
  func fetch(_ place: [String], size: Int?, limit: Int, to path: String) throws {
    var request = HTTPRequest("GET", address(of: place), headers: identification)
    request.destination = path
    request.limit = size ?? limit
    // A slow line carries 100 kB in a second.
    request.seconds = 60 + Double(size ?? 1 << 30) / 1e5
    let response: HTTPResponse
    do {
      response = try exchange(request)
    } catch let error as HTTPError where error.kind == .tooLarge && size == nil {
      // Nobody waits for the rest, and what is here of it fills the disk.
      try removeFile(path)
      throw FileError(
        .noSpace, path: path,
        detail: "the server does not say how long it is, and there is room for \(limit >> 20) MiB; "
          + "make room, or set XDG_CACHE_HOME")
    } catch let error as HTTPError {
      throw MLflowFault(error)
    }
    guard (200..<300).contains(response.status) else {
      throw MLflowFault(response, isAuthorized: server.authorization != nil)
    }
    try Self.check(Int(try statSignature(path).size), of: size)
  }

  private func address(of place: [String]) -> String {
    "\(artifactRoot)/" + place.map(WebAddress.escaped).joined(separator: "/")
  }

  private static func check(_ got: Int, of size: Int?) throws {
    guard size.map({ $0 == got }) ?? true else {
      throw MLflowFault.passing("it gave \(got) of \(size ?? 0) bytes of a file", after: nil)
    }
  }
}
