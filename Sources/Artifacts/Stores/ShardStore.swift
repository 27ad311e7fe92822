public import Files
public import Interchange

/// Finished parts of a long work, as numbered files: what a process had finished before it was
/// killed, the next one need not do again.
///
/// A shard is a sealed safetensors file, `<name>-00000.safetensors`, that appears whole or not at all.
/// Beside its tensors it carries strings in the header's metadata: under `key` which work it belongs
/// to, under `shard` its number, under `state`, as JSON, where the work stands after it. The shards
/// from 0 on that are whole and in their place count; from the first that is not, all are removed, to
/// be made again.
public struct ShardStore<State: Codable & Sendable> {
  /// Where the work stands after the last shard; nil where there is none.
  public private(set) var last: State?
  /// What was found, in one line for the user; nil where nothing was.
  public private(set) var remark: String?

  private let folder: String
  private let name: String
  private let key: String
  // Of the verified files: what is read later must be what was verified.
  private var signatures: [StatSignature] = []

  /// Finds the shards of an earlier process and reads each of them once, whole.
  ///
  /// - Parameters:
  ///   - folder: Where they lie; made with the first shard.
  ///   - name: How their names begin.
  ///   - key: What they must belong to.
  ///   - total: How many there will be, where that is known.
  ///   - beforeEach: Called before each is read; what it throws ends the search.
  ///   - accepts: Whether a shard of that number may have that state.
  /// - Throws: `FileError` where the folder cannot be read or a useless file not be removed; what
  ///   `beforeEach` throws.
  public init(
    in folder: String, name: String, key: String, total: Int? = nil,
    beforeEach: () throws -> Void,
    accepts: (_ number: Int, _ state: State) -> Bool = { _, _ in true }
  ) throws {
    self.folder = folder
    self.name = name
    self.key = key
    guard isFolder(folder) else { return }
    try AtomicFile.removeLeftovers(in: folder)
    let names = try Self.files(in: folder, name: name)
    var fault = "out of order"
    while names.contains(fileName(count)) {
      try beforeEach()
      do {
        let (file, state) = try verify(count)
        guard accepts(count, state) else {
          throw ArtifactError.badData(file.path, "is of another work", cure: "it is made again")
        }
        signatures.append(file.signature)
        last = state
      } catch {
        fault = "\(error)"
        break
      }
    }
    let wanted = Set((0..<count).map(fileName))
    let useless = names.filter { !wanted.contains($0) }
    for name in useless.reversed() { try removeFile("\(folder)/\(name)") }
    if count > 0 || !useless.isEmpty {
      remark =
        "resumed: \(count.grouped)\(total.map { " of \($0.grouped)" } ?? "") shards are there"
        + (useless.isEmpty ? "" : "; \(useless.count.grouped) not used: \(fault)")
    }
  }

  /// How many shards there are.
  public var count: Int { signatures.count }

  /// Writes the next shard.
  ///
  /// - Parameters:
  ///   - state: Where the work stands after it.
  ///   - layout: Its tensors.
  ///   - body: Writes their values, in byte order of the names.
  /// - Throws: What `body` throws, and then there is no such shard; `FileError` where it cannot be
  ///   written.
  public mutating func append(
    _ state: State, _ layout: [SafetensorsWriter.Entry], _ body: (inout FileWriter) throws -> Void
  ) throws {
    try ensureDirectory(folder)
    let path = "\(folder)/\(fileName(count))"
    try SafetensorsWriter.stream(
      to: path, metadata: metadata(count, state), isSealed: true, layout: layout, body)
    signatures.append(try statSignature(path))
    last = state
  }

  /// Bytes of the file that `append` would make of shard `number`.
  public func byteCount(
    _ number: Int, _ state: State, _ layout: [SafetensorsWriter.Entry]
  ) throws -> Int {
    try SafetensorsWriter.size(metadata: metadata(number, state), isSealed: true, layout: layout)
  }

  /// Opens a shard to read its tensors.
  ///
  /// - Throws: `ArtifactError` where it is not the file that was verified or written.
  public func open(_ number: Int) throws -> SafetensorsFile {
    let file = try SafetensorsFile(path: "\(folder)/\(fileName(number))")
    guard file.signature.sameContent(as: signatures[number]) else {
      throw ArtifactError.badData(
        file.path, "was changed by another since it was checked", cure: "run the command again")
    }
    return file
  }

  /// Removes all files of a work whose result is in its place.
  ///
  /// - Throws: `FileError` where one cannot be removed.
  public static func remove(in folder: String, name: String) throws {
    guard isFolder(folder) else { return }
    for file in try files(in: folder, name: name).reversed() { try removeFile("\(folder)/\(file)") }
  }

  private func fileName(_ number: Int) -> String {
    let digits = String(number)
    let zeros = String(repeating: "0", count: max(0, 5 - digits.count))
    return "\(name)-\(zeros)\(digits)\(Self.suffix)"
  }

  private static var suffix: String { ".safetensors" }

  private static func files(in folder: String, name: String) throws -> [String] {
    try folderEntries(folder).filter { $0.hasPrefix(name + "-") && $0.hasSuffix(suffix) }
  }

  private func metadata(_ number: Int, _ state: State) throws -> [String: String] {
    [
      "key": key, "shard": "\(number)",
      "state": String(decoding: try CanonicalJSON.encode(state), as: UTF8.self),
    ]
  }

  private func verify(_ number: Int) throws -> (SafetensorsFile, State) {
    let file = try SafetensorsFile(path: "\(folder)/\(fileName(number))")
    try file.verifySeal()
    guard file.metadata["key"] == key, file.metadata["shard"] == "\(number)" else {
      throw ArtifactError.badData(file.path, "belongs to another work", cure: "it is made again")
    }
    let state = Array((file.metadata["state"] ?? "").utf8)
    return (file, try CanonicalJSON.decode(State.self, from: state, of: file.path))
  }
}
