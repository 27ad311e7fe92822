internal import Files

/// What was fetched from one server, kept beneath a folder of the user's.
///
/// ```
///   NAME-DIGEST/         a model, whole, as a Hugging Face folder
///   NAME-DIGEST.json     where it came from, and the digest of every file
///   NAME-DIGEST.part/    one that is being fetched: its files are whole but for `*.partial`
///   NAME-DIGEST.part.json    what the server said of that model
///   NAME-DIGEST.lock     held by who fetches it
///   NAME-DIGEST.alias    the version that an alias meant when it was last asked
/// ```
struct ModelShelf {
  /// A file of a model that was fetched.
  struct Kept: Equatable {
    let name: String
    let size: Int
    let digest: Digest
  }

  /// Its folder.
  let path: String
  private static let recordLimit = 4 << 20

  /// The shelf for a server beneath `cache`.
  init(_ cache: String, server: String) {
    let host = server.split(separator: "/").dropFirst().first.map(String.init) ?? ""
    path = "\(cache)/\(Self.word(host))-\(Digest.of(server).hexadecimal.prefix(8))"
  }

  /// Where a model is, or would be.
  func folder(of address: ModelAddress) -> String {
    let text = address.description
    let name = text.dropFirst(7).split(separator: "/").dropFirst()
      .joined(separator: "-")
    return "\(path)/\(Self.word(name))-\(Digest.of(text).hexadecimal.prefix(8))"
  }

  /// A text as a part of a file's name.
  private static func word(_ text: String) -> String {
    let letters = text.utf8.prefix(60).map { byte in
      switch byte {
      case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
        byte
      default: UInt8(ascii: "_")
      }
    }
    let word = String(decoding: letters, as: UTF8.self)
    return word.hasPrefix("-") ? "x" + word : word
  }

  /// The files of a model that is there; nil where none is, or what is written of it is damaged.
  func record(of folder: String) -> [Kept]? {
    guard isFolder(folder),
      let object = try? StrictJSON.read(folder + ".json", limit: Self.recordLimit).object,
      let files = object["files"]?.array
    else { return nil }
    var kept: [Kept] = []
    for file in files {
      guard let entry = file.object, let name = entry["name"]?.string, ModelAddress.isPath(name),
        let size = entry["size"]?.integer,
        let digest = entry["sha256"]?.string.flatMap({ Digest(hexadecimal: $0) })
      else { return nil }
      kept.append(Kept(name: name, size: size, digest: digest))
    }
    return kept.isEmpty ? nil : kept
  }

  /// What the server said of a model when it was fetched, in short; nil where that is not known.
  func mark(of folder: String) -> Digest? {
    let object = try? StrictJSON.read(folder + ".json", limit: Self.recordLimit).object
    return object?["listing"]?.string.flatMap { Digest(hexadecimal: $0) }
  }

  /// Files of a model that are not as they were fetched.
  func changed(_ kept: [Kept], in folder: String) -> [String] {
    kept.filter { file in
      let path = "\(folder)/\(file.name)"
      guard let size = try? statSignature(path).size, size == file.size else { return true }
      return (try? Digest.ofFile(path)) != file.digest
    }.map(\.name)
  }

  /// Puts a model that is whole in its place.
  ///
  /// - Throws: `FileError`.
  func publish(
    _ part: String, as folder: String, _ kept: [Kept], mark: Digest, address: ModelAddress,
    server: String
  ) throws {
    // Without the folder it says nothing, so it may be there first.
    let record = JSONValue.sorted([
      "schema": .string("distill.fetched/1"), "address": .string(address.description),
      "server": .string(server), "listing": .string(mark.hexadecimal),
      "files": .array(
        kept.map {
          .sorted([
            "name": .string($0.name), "size": .integer($0.size),
            "sha256": .string($0.digest.hexadecimal),
          ])
        }),
    ])
    try AtomicFile.write(try record.indented() + "\n", to: folder + ".json")
    try moveInPlace(part, to: folder)
    try removeFile(folder + ".part.json")
  }

  /// The version that an alias last meant; nil where it was never asked.
  func version(ofAlias address: ModelAddress) -> String? {
    guard let text = try? BoundedReader.text(at: folder(of: address) + ".alias", limit: 100) else {
      return nil
    }
    let version = String(text.prefix { $0 != "\n" })
    return MLflowClient.isIdentity(version) ? version : nil
  }

  /// Remembers what an alias means.
  ///
  /// - Throws: `FileError`.
  func remember(_ version: String, ofAlias address: ModelAddress) throws {
    guard self.version(ofAlias: address) != version else { return }
    try ensureDirectory(path)
    try AtomicFile.write(version + "\n", to: folder(of: address) + ".alias")
  }
}
