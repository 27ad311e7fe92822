internal import Files

/// A model that is being fetched, with what an earlier try left of the same model.
///
/// What an earlier try left is used where the server tells that it has the same model still (`MLmodel`, names,
/// sizes), and then the weights alone: small files are fetched again, and one that differs is of another model.
struct PartialModel {
  /// Its folder.
  let path: String
  /// What the server said of the model.
  let mark: Digest
  private let recordPath: String
  private let names: [String]
  /// The digests that small files had which were changed here.
  private var known: [String: Digest] = [:]

  /// Goes on with a model, or begins it.
  ///
  /// - Parameters:
  ///   - listing: What the server has.
  ///   - folder: Where the model will be; files that are there and right are made use of.
  ///   - shelf: What is known of the folder.
  /// - Throws: `FileError`.
  init(of listing: ModelListing, for folder: String, on shelf: ModelShelf) throws {
    path = folder + ".part"
    recordPath = folder + ".part.json"
    names = listing.files.map(\.name)
    let text = try Self.text(of: listing)
    mark = Digest.of(text)
    let isKnown = listing.identity != nil
    if isFolder(folder) {
      if isKnown, shelf.mark(of: folder) == mark, let kept = shelf.record(of: folder) {
        for name in shelf.changed(kept, in: folder) { try? removeFile("\(folder)/\(name)") }
        known = Dictionary(kept.map { ($0.name, $0.digest) }) { $1 }
        try removeTree(path)
        try AtomicFile.write(text, to: recordPath)
        try moveInPlace(folder, to: path)
      } else {
        try removeTree(folder)
      }
    }
    let recorded = try? BoundedReader.text(at: recordPath, limit: text.utf8.count)
    if !isKnown || recorded != text {
      try removeTree(path)
      try AtomicFile.write(text, to: recordPath)
    }
    try ensureDirectory(path)
  }

  private static func text(of listing: ModelListing) throws -> String {
    try JSONValue.sorted([
      "schema": .string("distill.fetching/1"),
      "place": .array(listing.place.map { .string($0) }),
      "identity": .text(listing.identity?.hexadecimal),
      "files": .array(
        listing.files.map { file in
          .sorted([
            "name": .string(file.name), "place": .array(file.place.map { .string($0) }),
            "size": file.size.map { .integer($0) } ?? .null,
          ])
        }),
    ]).indented() + "\n"
  }

  /// Where a file is.
  ///
  /// - Throws: `FileError` where it cannot be there.
  func path(of file: ModelListing.File) throws -> String {
    let path = try SafePath.resolve(file.name, beneath: path)
    try ensureDirectory(splitPath(path).folder)
    return path
  }

  /// Whether a file is there and need not be fetched.
  func has(_ file: ModelListing.File) -> Bool {
    guard file.isWeights, let size = file.size else { return false }
    return (try? statSignature("\(path)/\(file.name)").size) == Int64(size)
  }

  /// Takes a file that was fetched; weights that belong to another one of its name go.
  ///
  /// - Throws: `FileError`.
  func take(_ partial: String, as file: ModelListing.File) throws {
    let place = try path(of: file)
    if !file.isWeights {
      let before = fileExists(place) ? try? Digest.ofFile(place) : known[file.name]
      if let before, try Digest.ofFile(partial) != before {
        // Before the new file is there: what a kill leaves is never of two models.
        for name in names where name.hasSuffix(".safetensors") {
          try removeFile("\(path)/\(name)")
        }
      }
    }
    try moveInPlace(partial, to: place)
  }

  /// Removes what is not of the model, and says what is.
  ///
  /// - Throws: `FileError`.
  func finished() throws -> [ModelShelf.Kept] {
    let wanted = Set(names)
    for name in try filesBeneath(path) where !wanted.contains(name) {
      try removeFile("\(path)/\(name)")
    }
    return try names.map { name in
      let file = "\(path)/\(name)"
      return ModelShelf.Kept(
        name: name, size: try RegularFile(file).size, digest: try Digest.ofFile(file))
    }
  }

  /// Removes it, whole or not.
  ///
  /// - Throws: `FileError`.
  func discard() throws {
    try removeTree(path)
    try removeFile(recordPath)
  }
}
