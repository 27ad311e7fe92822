internal import Files

/// Places that something is read from or written to: found without looking at each of them.
struct TakenPlaces {
  private var owners: [String: String] = [:]
  /// Folders above a taken place, with the first owner beneath.
  private var above: [String: String] = [:]

  /// Notes that `path` belongs to `owner`.
  mutating func take(_ path: String, as owner: String) {
    let place = canonicalPath(path)
    if owners[place] == nil { owners[place] = owner }
    for folder in Self.folders(above: place) where above[folder] == nil { above[folder] = owner }
  }

  /// Whose place a canonical path is, holds or lies in; nil where it is free.
  func conflict(with place: String) -> String? {
    owners[place] ?? above[place] ?? owner(above: place)
  }

  /// Whose folder `path` is or lies in.
  func owner(holding path: String) -> String? {
    guard !owners.isEmpty else { return nil }
    let place = canonicalPath(path)
    return owners[place] ?? owner(above: place)
  }

  /// What is hidden in a folder is no part of its content.
  private func owner(above place: String) -> String? {
    for folder in Self.folders(above: place) {
      guard let owner = owners[folder] else { continue }
      if !place.dropFirst(folder == "/" ? 0 : folder.count).contains("/.") { return owner }
    }
    return nil
  }

  /// `/a/b` and `/a` and `/` for `/a/b/c`.
  private static func folders(above place: String) -> [String] {
    var folders: [String] = []
    var path = place
    while path != "/", !path.isEmpty {
      path = splitPath(path).folder
      guard path != "." else { break }
      folders.append(path)
    }
    return folders
  }
}
