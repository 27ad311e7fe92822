internal import Files

extension Runner {
  /// A source that changed under a running stage has made a result that belongs to neither version.
  func checkUnchanged(_ sources: [SourceRecord]) throws {
    for source in sources where try PathSignature(of: source.path) != source.signature {
      throw FileError(
        .changed, path: source.path, detail: "changed while the stage was reading it; run again")
    }
  }

  /// The records of what a stage wrote.
  func outputs(
    of stage: PipelineStage, _ result: StageResult, _ verifier: ContentVerifier
  ) throws -> [OutputRecord] {
    try stage.outputs.map { output in
      let path = pipeline.path(of: output, of: stage)
      guard fileExists(path) else {
        throw FileError(
          .missing, path: path, detail: "stage \(stage.name) ended without writing this output")
      }
      let digests: OutputDigests
      let signature: PathSignature
      if let known = result.outputs[output.port] {
        (digests, signature) = (known, try PathSignature(of: path))
      } else {
        let found = try verifier.identify(path)
        (digests, signature) = (found.identity.digests, found.signature)
      }
      return OutputRecord(
        port: output.port, name: output.name, path: path, digests: digests, signature: signature)
    }
  }
}
