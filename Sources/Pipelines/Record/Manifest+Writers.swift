internal import Files

extension Manifest {
  /// The stage that wrote what lies at a path, to the last byte, by its record.
  ///
  /// Records of stages that the pipeline no longer has stay, and two pipeline files of one name may share a
  /// workspace: several may say that they wrote the same file.
  ///
  /// - Parameters:
  ///   - path: Where it lies.
  ///   - stage: The stage whose it is not.
  ///   - workspace: The manifest's.
  ///   - verifier: Reads it.
  /// - Returns: The first by name; nil where there is none.
  /// - Throws: What interrupts reading.
  func writer(
    of path: String, besides stage: String, in workspace: Workspace, _ verifier: ContentVerifier
  ) throws -> String? {
    for (name, record) in stages.sorted(by: { $0.key < $1.key }) where name != stage {
      for output in record.outputs where workspace.place(of: output) == path {
        if case .intact = try verifier.output(output, at: path) { return name }
      }
    }
    return nil
  }
}

extension Workspace {
  /// Where an output is now: the workspace may have been moved since it was recorded, what a stage
  /// command wrote elsewhere has not.
  func place(of output: OutputRecord) -> String {
    let (folder, name) = splitPath(output.path)
    let isInside =
      splitPath(folder).name == "artifacts" && [output.name, output.name + ".h5"].contains(name)
    return isInside ? artifactsPath + "/" + name : output.path
  }
}

extension PlanReason {
  /// Why an output that is not what its stage wrote is made again: another stage has written it, if that is
  /// known, or it is damaged.
  static func damaged(_ name: String, writtenBy other: String?) -> PlanReason {
    other.map { .outputReplaced(name: name, by: $0) } ?? .outputDamaged(name: name)
  }
}
