internal import Files
internal import Foundation
internal import HTTP
internal import Pipelines

/// Fetches models from an MLflow server: once, whole, into a folder of the user's; from then on they are
/// folders like any other, known by their content.
///
/// Nothing that a server says reaches further than that folder. A fetch that was cut goes on with the next
/// file; a file that was changed here since is fetched again.
public struct ModelRetrieval {
  private let server: TrackingServer
  private let shelf: ModelShelf
  private let note: (String) -> Void
  /// Seconds before a server that is away is asked again; twice as many the next time.
  private let pause: Double

  private static let tries = 4
  /// How long another process that fetches the same is waited for, in seconds.
  private static let patience = 3_600.0
  /// Bytes of the disk that a file whose size nobody says leaves free.
  private static let reserve = 1 << 30

  /// Fetches from `server`.
  ///
  /// - Parameters:
  ///   - server: The server.
  ///   - cache: The folder that models are kept beneath.
  ///   - pause: Seconds before a server that is away is asked again.
  ///   - note: Told in one line what is done.
  public init(
    _ server: TrackingServer, cache: String, pause: Double = 1,
    note: @escaping (String) -> Void = { _ in }
  ) {
    self.server = server
    self.pause = pause
    self.note = note
    shelf = ModelShelf(cache, server: server.place)
  }

  /// The folder that models are kept beneath: `$XDG_CACHE_HOME/distill/mlflow`, else `~/.cache/...`.
  ///
  /// - Throws: `PipelineError` (usage) where the environment names neither.
  public static func cache(_ environment: [String: String]) throws -> String {
    func folder(_ name: String) -> String? {
      environment[name].flatMap { $0.hasPrefix("/") ? $0 : nil }
    }
    guard let base = folder("XDG_CACHE_HOME") ?? folder("HOME").map({ $0 + "/.cache" }) else {
      throw PipelineError(
        .usage, at: "HOME", "is not set, so there is no place for what is fetched; set it")
    }
    return base + "/distill/mlflow"
  }

  /// Where a model is that was fetched before, nobody being asked: what an alias meant when it was last
  /// asked; nil where there is none.
  public func known(_ address: ModelAddress) -> String? {
    guard let fixed = lastMeaning(of: address) else { return nil }
    let folder = shelf.folder(of: fixed)
    return isFolder(folder) ? folder : nil
  }

  /// The folder of a model, fetched where it is not there yet.
  ///
  /// - Throws: `PipelineError` at the address: `missingInput` where there is none, `badData` where it is no
  ///   model of transformers, `serviceUnavailable` where the server does not give it; `FileError` where it
  ///   cannot be kept.
  public func folder(of address: ModelAddress) throws -> String {
    do {
      let fixed = try fixedNow(address)
      let folder = shelf.folder(of: fixed)
      if isWhole(folder, address, tells: false) { return folder }
      try ensureDirectory(shelf.path)
      let lock = try lock(folder + ".lock", address)
      defer { lock.release() }
      if isWhole(folder, address, tells: true) { return folder }
      try fetch(fixed, into: folder)
      return folder
    } catch let fault as MLflowFault {
      throw PipelineError(
        .serviceUnavailable, at: address.description, "\(server.place): \(fault)")
    } catch let fault as ModelListing.NoModel {
      throw PipelineError(.badData, at: address.description, fault.reason)
    } catch let error as HTTPError {
      throw PipelineError(.serviceUnavailable, at: address.description, "\(error)")
    }
  }

  private func lock(_ path: String, _ address: ModelAddress) throws -> FileLock {
    do {
      return try FileLock.acquire(path)
    } catch let error as FileError where error.kind == .locked {
      note("\(address): another process fetches it; waiting for that")
      return try FileLock.acquire(path, waitingAtMost: Self.patience)
    }
  }

  // MARK: - Aliases

  /// The address of what an alias meant when it was last asked, and any other as it is.
  private func lastMeaning(of address: ModelAddress) -> ModelAddress? {
    guard case .alias(let name, _) = address.meaning else { return address }
    return shelf.version(ofAlias: address).map {
      ModelAddress(.version(name: name, version: $0))
    }
  }

  private func fixedNow(_ address: ModelAddress) throws -> ModelAddress {
    guard case .alias(let name, let alias) = address.meaning else { return address }
    do {
      let search = ModelSearch(client: try MLflowClient(server))
      // Who has what it meant last does not wait long.
      let isKnown = known(address) != nil
      let asked = try persistently(tries: isKnown ? 1 : Self.tries) {
        try search.version(of: name, alias: alias)
      }
      guard let version = asked else {
        throw nothing(address, "the registry has no model \(name) with the alias \(alias)")
      }
      try shelf.remember(version, ofAlias: address)
      return ModelAddress(.version(name: name, version: version))
    } catch MLflowFault.passing(let reason, let seconds) {
      // What it meant is better than nothing, but never in silence.
      guard let last = lastMeaning(of: address), isFolder(shelf.folder(of: last)) else {
        throw MLflowFault.passing(reason, after: seconds)
      }
      note("\(address): \(server.place): \(reason); \(last), which it meant last, is taken")
      return last
    }
  }

  private func nothing(_ address: ModelAddress, _ reason: String) -> PipelineError {
    PipelineError(
      .missingInput, at: address.description,
      "\(server.place): \(reason); see the server's own pages, or the whole names in distill runs list "
        + "mlflow: --json")
  }

  // MARK: - Fetching

  /// Whether a model is there as it was fetched; what was changed is put where the fetch goes on.
  private func isWhole(_ folder: String, _ address: ModelAddress, tells: Bool) -> Bool {
    guard let kept = shelf.record(of: folder) else { return false }
    let changed = shelf.changed(kept, in: folder)
    guard !changed.isEmpty else { return true }
    // Only who holds the lock may take it apart.
    guard tells else { return false }
    note(
      "\(address): \(changed.count) of \(kept.count) files were changed since they were fetched: "
        + "fetched again")
    return false
  }

  private func fetch(_ address: ModelAddress, into folder: String) throws {
    let client = try MLflowClient(server)
    let search = ModelSearch(client: client)
    let found = try persistently { () throws -> ModelListing? in
      switch try search.place(of: address.meaning) {
      case .nothing(let reason): throw nothing(address, reason)
      case .place(let place): return try ModelListing(place, client)
      }
    }
    guard let listing = found else { throw nothing(address, "there is nothing of this name") }
    let part = try PartialModel(of: listing, for: folder, on: shelf)
    try requireRoom(for: listing, in: part)
    let bytes = listing.files.reduce(0) { $0 &+ ($1.size ?? 0) }
    let left = listing.leftOut == 0 ? "" : "; \(listing.leftOut) files of other formats stay there"
    note(
      "\(address): fetching \(listing.files.count) files, \(max(1, bytes >> 20)) MiB, from \(server.place)"
        + left)
    // The small ones show whether the model is still the one that an earlier try began with.
    let small = listing.files.filter { !$0.isWeights }
    var taken = 0
    for file in small + listing.files.filter(\.isWeights) {
      taken &+= try fetch(file, into: part, client, atMost: MLflowClient.modelLimit - taken)
    }
    let after = try persistently { try ModelListing(listing.place, client) }
    guard after == listing else {
      try part.discard()
      throw MLflowFault.lasting("the model was changed there while it was fetched; try again")
    }
    try shelf.publish(
      part.path, as: folder, try part.finished(), mark: part.mark, address: address,
      server: server.place)
  }

  /// Fetches a file that is not there yet.
  ///
  /// - Returns: Its bytes.
  private func fetch(
    _ file: ModelListing.File, into part: PartialModel, _ client: MLflowClient, atMost limit: Int
  ) throws -> Int {
    let path = try part.path(of: file)
    if !part.has(file) {
      let partial = path + ".partial"
      let free = try freeBytes(in: part.path)
      let room = min(limit, free - min(Self.reserve, free / 8))
      try persistently {
        try client.fetch(file.place, size: file.size, limit: max(0, room), to: partial)
      }
      try part.take(partial, as: file)
    }
    return Int(try statSignature(path).size)
  }

  private func requireRoom(for listing: ModelListing, in part: PartialModel) throws {
    let limit = MLflowClient.modelLimit
    var (needed, whole) = (0, 0)
    for file in listing.files {
      let size = file.size ?? 0
      guard size <= limit else {
        throw MLflowFault.lasting(
          "\(file.name) is said to have \(size) bytes, more than is fetched")
      }
      whole &+= size
      needed = part.has(file) ? needed : needed &+ size
    }
    let room = try freeBytes(in: part.path)
    guard needed <= room else {
      throw FileError(
        .noSpace, path: part.path,
        detail:
          "\(needed >> 20) MiB are to be fetched, there is room for \(room >> 20); make room, or "
          + "set XDG_CACHE_HOME")
    }
    guard whole <= limit else {
      throw MLflowFault.lasting(
        "the model is said to have \(whole >> 30) GiB, more than the \(limit >> 30) that are fetched"
      )
    }
  }

  /// Tries again what may pass.
  private func persistently<Result>(
    tries: Int = Self.tries, _ body: () throws -> Result
  ) throws -> Result {
    var wait = pause
    for _ in 0..<max(0, tries - 1) {
      do {
        return try body()
      } catch MLflowFault.passing(_, let seconds) {
        Thread.sleep(forTimeInterval: min(30, max(wait, Double(seconds ?? 0))))
        wait *= 2
      }
    }
    return try body()
  }
}
