internal import Files

/// Reads everything in a workspace and compares it with its digests: what the manifest recorded, and
/// what files say about themselves.
///
/// No stat signature is believed, no lock taken, nothing written.
public struct WorkspaceVerifier {
  private let workspace: Workspace
  private let pipeline: Pipeline?
  private let seals: SealCheck
  private let verifier: ContentVerifier

  /// A verifier of a workspace; of the sources too where its pipeline is known.
  public init(
    _ workspace: Workspace, of pipeline: Pipeline?, probe: ArtifactProbe, seals: SealCheck
  ) {
    self.workspace = workspace
    self.pipeline = pipeline
    self.seals = seals
    verifier = ContentVerifier(probe: probe, trustsSignatures: false)
  }

  /// Looks at everything.
  ///
  /// - Returns: The manifest, sources, outputs, checkpoints and caches, each with what was found.
  /// - Throws: `PipelineError` with status `missingInput` where there is no workspace; `FileError`
  ///   where one of its folders cannot be read.
  public func verify() throws -> Verification {
    guard isFolder(workspace.path) else {
      throw PipelineError(
        .missingInput, at: workspace.path, "nothing has run here yet; run it first")
    }
    var (before, found) = (signature, try look())
    // A run that goes on meanwhile puts an output in place, and then the manifest.
    for _ in 0..<3 where found.status != .success && signature != before {
      (before, found) = (signature, try look())
    }
    return found
  }

  private var signature: PathSignature? { try? PathSignature(of: workspace.manifestPath) }

  private func look() throws -> Verification {
    var verdicts: [Verdict] = []
    let manifest = readManifest(&verdicts)
    if let manifest {
      verdicts += sources(manifest) + outputs(manifest)
    } else {
      // Nothing says what the outputs should be but they themselves.
      for name in try visibleEntries(workspace.artifactsPath) {
        verdicts += try sealed(
          "artifact \(name)", workspace.artifactsPath + "/" + name, needsSeal: false)
      }
    }
    verdicts += try attempts()
    let checkpoints = workspace.checkpointsPath
    for name in try visibleEntries(checkpoints) {
      verdicts += try sealed("checkpoint of \(name)", checkpoints + "/" + name)
    }
    verdicts += try sealed("cache", workspace.cachePath)
    verdicts += try runCache()
    return Verification(verdicts)
  }

  private func readManifest(_ verdicts: inout [Verdict]) -> Manifest? {
    let path = workspace.manifestPath
    do {
      let manifest = try Manifest.read(workspace)
      verdicts.append(Verdict("manifest", path, manifest == nil ? .missing : .intact))
      return manifest
    } catch {
      verdicts.append(Verdict("manifest", path, error))
      return nil
    }
  }

  // MARK: - What the manifest records

  /// Every source that a stage which is done has read, against what it read.
  private func sources(_ manifest: Manifest) -> [Verdict] {
    var verdicts: [Verdict] = []
    for source in pipeline?.sources ?? [] {
      for (index, path) in source.paths.enumerated() {
        let readers = readers(of: source.name, index, manifest)
        if !readers.isEmpty {
          verdicts.append(verdict(on: "source \(source.name)", path, readers))
        }
      }
    }
    return verdicts
  }

  /// The stages that are done and have read the path `index` of a source, with what they read.
  private func readers(
    of source: String, _ index: Int, _ manifest: Manifest
  ) -> [(stage: String, content: Digest)] {
    var readers: [(String, Digest)] = []
    for stage in pipeline?.stages ?? [] {
      guard let record = manifest.stages[stage.name], record.status.hasOutputs else { continue }
      for port in stage.kind.inputs {
        // A source of several paths has as many records in a row.
        let read = record.inputs.filter { $0.port == port.name && $0.name == source }
        if read.indices.contains(index) { readers.append((stage.name, read[index].content)) }
      }
    }
    return readers
  }

  private func verdict(
    on subject: String, _ path: String, _ readers: [(stage: String, content: Digest)]
  ) -> Verdict {
    guard fileExists(path) else { return Verdict(subject, path, .missing) }
    do {
      _ = try isFolder(path) || seals.check(path)
      let content = try verifier.identify(path).identity.digests.content
      let stale = readers.filter { $0.content != content }.map(\.stage)
      guard !stale.isEmpty else { return Verdict(subject, path, .intact) }
      return Verdict(
        subject, path, .changed("is not what \(stale.joined(separator: ", ")) read"))
    } catch {
      return Verdict(subject, path, error)
    }
  }

  /// Every output that is recorded, against its record.
  private func outputs(_ manifest: Manifest) -> [Verdict] {
    let current = pipeline?.stages.map(\.name) ?? []
    let former = manifest.stages.keys.filter { !current.contains($0) }.sorted()
    let claims = (current + former).flatMap { stage in
      (manifest.stages[stage]?.outputs ?? []).map { (stage: stage, output: $0) }
    }
    let claimants = Dictionary(grouping: claims) { workspace.place(of: $0.output) }
    return claims.map { workspace.place(of: $0.output) }.uniqued().compactMap { path in
      verdict(on: path, claimedBy: claimants[path] ?? [], manifest, current)
    }
  }

  /// The verdict on a file that stages say they wrote: by the pipeline's own, else the last that did, unless
  /// the bytes are another's.
  private func verdict(
    on path: String, claimedBy claims: [(stage: String, output: OutputRecord)],
    _ manifest: Manifest, _ current: [String]
  ) -> Verdict? {
    func verdict(_ claim: (stage: String, output: OutputRecord)) -> Verdict {
      self.verdict(
        on: "output \(claim.output.name) of \(claim.stage)", path, recorded: claim.output.digests)
    }
    let own = claims.first { current.contains($0.stage) }
    let inRun = Set(manifest.stageNames)
    let last = claims.max { first, second in
      let end = manifest.stages[first.stage]?.finished ?? ""
      let otherEnd = manifest.stages[second.stage]?.finished ?? ""
      return end == otherEnd
        ? !inRun.contains(first.stage) && inRun.contains(second.stage) : end < otherEnd
    }
    guard let writer = own ?? last else { return nil }
    let found = verdict(writer)
    guard case .damaged = found.state else { return found }
    // What was taken from the run cache keeps the time of its attempt: the bytes say whose they are.
    for other in claims where other.stage != writer.stage {
      let others = verdict(other)
      guard others.state == .intact else { continue }
      guard own != nil else { return others }
      return Verdict(
        found.subject, path,
        .changed("holds what stage \(other.stage) has written"))
    }
    return found
  }

  private func verdict(
    on subject: String, _ path: String, recorded digests: OutputDigests
  ) -> Verdict {
    guard fileExists(path) else { return Verdict(subject, path, .missing) }
    do {
      // The bytes are those that were written, or not: no seal says more.
      guard try verifier.identify(path).identity.digests == digests else {
        return Verdict(
          subject, path, .damaged("is not what the stage wrote: its digests are others"))
      }
      return Verdict(subject, path, .intact)
    } catch {
      return Verdict(subject, path, error)
    }
  }

  /// What is remembered of attempts, by its checksums.
  private func attempts() throws -> [Verdict] {
    let archive = AttemptArchive(workspace)
    return try archive.names().map { name in
      let (subject, path) = ("record of attempt \(name)", workspace.attemptPath(name))
      do {
        return Verdict(subject, path, try archive.read(name) == nil ? .missing : .intact)
      } catch {
        return Verdict(subject, path, error)
      }
    }
  }

  /// What is kept of attempts that others have followed, against their records.
  private func runCache() throws -> [Verdict] {
    let cache = RunCache(workspace)
    return try cache.entries().flatMap { path, known in
      guard let known else {
        do { _ = try cache.read(path) } catch {
          return [Verdict("record in the run cache", "\(path)/\(RunCache.recordName)", error)]
        }
        return []
      }
      return known.attempt.record.outputs.map { output in
        verdict(
          on: "kept output \(output.name) of \(known.attempt.stage)", known.place(of: output.port),
          recorded: output.digests)
      }
    }
  }

  // MARK: - What files say of themselves

  /// The verdicts on everything at `path` that carries a seal, or should: of safetensors files only
  /// those have none that are made for others (`needsSeal` false).
  private func sealed(
    _ subject: String, _ path: String, needsSeal: Bool = true
  ) throws -> [Verdict] {
    let files = isFolder(path) ? try filesBeneath(path).map { path + "/" + $0 } : [path]
    return files.compactMap { verdictBySeal(subject, $0, needsSeal) }
  }

  /// Nil for a file that has no seal and needs none, and for one that went away meanwhile.
  private func verdictBySeal(_ subject: String, _ path: String, _ needsSeal: Bool) -> Verdict? {
    do {
      if try seals.check(path) { return Verdict(subject, path, .intact) }
      guard needsSeal, path.hasSuffix(".safetensors") else { return nil }
      return Verdict(subject, path, .damaged("has no seal"))
    } catch let error as FileError where error.kind == .missing {
      return nil
    } catch {
      return Verdict(subject, path, error)
    }
  }

  private func visibleEntries(_ folder: String) throws -> [String] {
    guard isFolder(folder) else { return [] }
    return try folderEntries(folder).filter { !$0.hasPrefix(".") }
  }
}
