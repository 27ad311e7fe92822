import Artifacts
import Files
import HDF5
import Pipelines
import Tasks
import Training

extension StageContext {
  /// The path of an input that the options in force make necessary.
  ///
  /// - Throws: `StageError` naming the port.
  func required(_ port: String, for reason: String? = nil) throws -> String {
    guard let input = input(port) else {
      throw StageError.missingPort(port, for: reason)
    }
    return input.path
  }

  /// The path of an output that the stage always makes.
  func output(_ port: String) throws -> String {
    guard let path = outputs[port] else {
      throw StageError.usage(
        "--output", "no place for the \(port.spoken)", cure: "name the file to write")
    }
    return path
  }

  /// Content digests of all inputs by port, for an artifact's provenance; several inputs of one
  /// port are numbered.
  var inputDigests: [String: String] {
    var digests: [String: String] = [:]
    for (port, given) in inputs {
      for (index, input) in given.enumerated() {
        digests[given.count == 1 ? port : "\(port).\(index)"] = input.contentDigest.hexadecimal
      }
    }
    return digests
  }

  /// Reports how much of `total` is done.
  func progress(of total: Int, unit: String) -> (_ done: Int) -> Void {
    { done in events(.progress(stage: stage, done: done, total: total, unit: unit)) }
  }

  /// - Throws: `StageInterruption` when asked to stop.
  func stopIfAsked() throws {
    if isInterrupted() { throw StageInterruption(step: nil) }
  }

  /// Reports what a reader should know of how a model was read.
  func note(_ loaded: LoadedModel) {
    for text in loaded.notes { note(text) }
  }

  /// Reports a remark.
  func note(_ text: String) {
    events(.note(stage: stage, text: text))
  }
}

extension Stage {
  /// Looks at the inputs, as `foresee` does before any work, for what headers, names and options tell:
  /// now that those are there which other stages made.
  ///
  /// - Throws: What is wrong: the fault itself, or one error of all of them.
  func check(_ context: StageContext) throws {
    var preview = Preview(of: context)
    _ = foresee(&preview)
    guard let first = preview.errors.first else { return }
    guard preview.errors.count > 1 else { throw first }
    throw PipelineError(
      FailureStatus.of(first),
      faults: preview.errors.map { PipelineFault(keyPath: "", message: "\($0)") })
  }
}

extension String {
  /// `masked_language_model` as a command-line flag.
  var flag: String { String(map { $0 == "_" ? "-" : $0 }) }
  /// `masked_language_model` in a sentence.
  var spoken: String { String(map { $0 == "_" ? " " : $0 }) }
}

extension ArtifactDigests {
  /// The digests as a stage reports them.
  var outputDigests: OutputDigests { OutputDigests(content: content, file: file) }
}

extension StageContext {
  /// Reports where a task's rows use positions or segments that general distillation never taught.
  func noteUnseen(_ data: TaskData, by student: ModelSource) {
    let longest = (0..<data.train.count).lazy.map { data.train.length(of: $0) }.max()
    let hasPairs = data.hasPairs && !data.task.readsPairsApart
    let remark = student.facts.seen?.remark(
      of: printable(student.path), rowsUpTo: longest, hasPairs: hasPairs)
    if let remark { note(remark) }
  }
}
