internal import Files

extension Workspace {
  /// Refuses symbolic links at and below every place in the workspace that the program writes to.
  ///
  /// A workspace may come from a stranger: a checkpoint, a record or a lock that is a link would have
  /// the file it leads to overwritten. The workspace's own folder may be a link, which is the user's.
  ///
  /// - Throws: `FileError` of kind `escapes` naming the first link; what examining throws.
  func refuseLinks() throws {
    guard isFolder(path) else { return }
    for place in [
      manifestPath, lockPath, locksPath, artifactsPath, metricsPath, runsPath, runCachePath,
      cachePath, checkpointsPath, trackingPath, tensorBoardPath, tablePath,
    ] {
      try Self.refuseLinks(place, depth: 0)
    }
  }

  private static func refuseLinks(_ place: String, depth: Int) throws {
    guard !isLink(place) else {
      throw FileError(
        .escapes, path: place,
        detail:
          "is a link, and nothing in a workspace is written through one; remove it, or put what "
          + "it leads to in its place")
    }
    guard isFolder(place) else { return }
    guard depth < 64 else {
      throw FileError(.escapes, path: place, detail: "folders are nested more than 64 deep")
    }
    do {
      for name in try folderEntries(place) {
        try refuseLinks("\(place)/\(name)", depth: depth + 1)
      }
    } catch let error as FileError where error.kind == .missing {
      // A run that goes on has removed it meanwhile.
    }
  }
}
