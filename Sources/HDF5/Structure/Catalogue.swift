/// All datasets of a file.
struct Catalogue {
  private let structure: FileStructure
  private(set) var datasets: [StoredDataset] = []
  private var seen: Set<Int> = []

  /// Walks the groups from the root on.
  init(_ root: ObjectHeader, in structure: FileStructure) throws {
    self.structure = structure
    try collect(root, prefix: "", depth: 1)
    datasets.sort { DatasetInfo.precedes($0.info, $1.info) }
  }

  private mutating func collect(_ group: ObjectHeader, prefix: String, depth: Int) throws {
    for link in try Link.all(of: group, in: structure) {
      let name = prefix + link.name
      func refuse(_ reason: String) -> HDF5Error {
        HDF5Error(.notAnArtifact, path: structure.path, detail: "`\(name)` \(reason)")
      }
      guard let address = link.address else {
        throw refuse("is a link to another place, which is not followed")
      }
      guard depth <= ArtifactFormat.depthLimit else { throw refuse("is nested too deep") }
      guard seen.count < ArtifactFormat.datasetLimit else { throw refuse("is one too many") }
      // Else a few groups that hold each other would be as many as one likes.
      guard seen.insert(address).inserted else { throw refuse("is there under two names") }
      let header = try ObjectHeader(at: address, in: structure)
      if header.contains(.linkInfo) {
        try collect(header, prefix: name + "/", depth: depth + 1)
      } else if header.contains(.layout) {
        datasets.append(try StoredDataset(header, name: name, in: structure))
      } else {
        throw refuse("is neither a group nor a dataset")
      }
    }
  }
}
