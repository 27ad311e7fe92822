import Artifacts
import Foundation
import Pipelines
import Stages
import Tracking

/// A draft as the text of a pipeline file that would run, with what it costs on this machine.
struct DraftedPipeline {
  /// The text.
  let text: String
  /// The pipeline that it is.
  let pipeline: Pipeline
  /// How much work it takes upon itself.
  let effort: DraftEffort
  /// What running it costs; nil where it would do nothing.
  let cost: PlanCost?
  /// Whether it takes longer than it may.
  let isTooLong: Bool
  /// A student that would take less time; nil where there is none.
  let smallerStudent: String?
  /// Where it is to lie.
  private let file: String
  private let hasBudget: Bool

  /// Makes it.
  ///
  /// - Parameters:
  ///   - draft: What is known.
  ///   - file: Where it is to lie.
  ///   - heading: Comments at its beginning.
  ///   - workspace: Where it works, beneath the file's folder; nil for the usual place.
  ///   - budget: Seconds that it may take; nil for no limit.
  ///   - threads: Threads that it will have.
  ///   - models: Knows where a teacher is that was fetched.
  /// - Throws: `PipelineError` with all that would keep it from running.
  init(
    _ draft: Draft, at file: String, heading: [String], workspace: String? = nil,
    budget: Double?, threads: Int, models: FetchedModels
  ) throws {
    self.file = file
    hasBudget = budget != nil
    smallerStudent = draft.smallerStudent
    let name = Self.name(of: file)
    func made(_ effort: DraftEffort) throws -> (String, Pipeline, PlanCost?) {
      let text = draft.text(name: name, effort: effort, heading: heading, workspace: workspace) {
        Self.path(to: $0, from: file, isOwn: workspace == nil)
      }
      do {
        let pipeline = try PipelineFile.read(
          text, as: file, registry: Kinds.registry, locate: models.known(_:in:))
        let runner = Runner(
          pipeline, options: RunOptions(threads: threads), services: Services.run)
        return (text, pipeline, try runner.plan(reckons: true).cost)
      } catch let error as PipelineError {
        throw Self.withoutLines(error)
      }
    }
    guard let budget else {
      (effort, isTooLong) = (.usual, false)
      (text, pipeline, cost) = try made(.usual)
      return
    }
    var last = try made(.shortest)
    var chosen = DraftEffort.shortest
    let exceeds = (last.2?.seconds ?? 0) > budget
    if !exceeds {
      for effort in DraftEffort.allCases.dropFirst() {
        let more = try made(effort)
        // What is not reckoned may take any time.
        let isKnown = (more.2?.untimed.count ?? 0) <= (last.2?.untimed.count ?? 0)
        guard isKnown, (more.2?.seconds ?? 0) <= budget else { break }
        (last, chosen) = (more, effort)
      }
    }
    (effort, isTooLong) = (chosen, exceeds)
    (text, pipeline, cost) = last
  }

  /// The name of the pipeline in a file: the file's own, or its folder's where that says more.
  static func name(of file: String) -> String {
    let url = URL(fileURLWithPath: file)
    let stem = url.deletingPathExtension().lastPathComponent
    let isUsual = ["distill", "pipeline"].contains(stem)
    let folder = url.deletingLastPathComponent().lastPathComponent.replacing(".distill", with: "")
    let name = (isUsual && !folder.isEmpty && folder != "/" ? folder : stem).unicodeScalars.map {
      letter -> Character in
      let isLetter = letter.isASCII && letter.properties.isAlphabetic
      return isLetter || ("0"..."9").contains(letter) || "_-".unicodeScalars.contains(letter)
        ? Character(letter) : "_"
    }
    let start = name.prefix(100).drop { "_-".contains($0) }
    return start.isEmpty ? "student" : String(start)
  }

  /// The path of a source in a pipeline file: as it was given where it lies beneath the file's folder,
  /// else from the root; the address of a model on a server stays one.
  ///
  /// - Parameters:
  ///   - source: The path from here.
  ///   - file: The pipeline file's.
  ///   - isOwn: Whether the file is the user's, which moves together with what lies beside it.
  /// - Returns: The path as the file is to have it.
  static func path(to source: String, from file: String, isOwn: Bool) -> String {
    guard !ModelAddress.isMeant(source) else { return source }
    let whole = absolute(source)
    let folder = absolute(URL(fileURLWithPath: file).deletingLastPathComponent().path)
    guard isOwn, whole.hasPrefix(folder + "/") else { return whole }
    let path = String(whole.dropFirst(folder.count + 1))
    // A pipeline file refuses what looks like somebody's home, or a server's.
    return path.hasPrefix("~") || ServerAddress.isMeant(path) ? "./" + path : path
  }

  /// A path from the root; links stay, since a name may say what is in a file.
  static func absolute(_ path: String) -> String {
    let whole = path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
    var parts: [Substring] = []
    for part in whole.split(separator: "/") where part != "." {
      if part == ".." { parts = parts.dropLast() } else { parts.append(part) }
    }
    return "/" + parts.joined(separator: "/")
  }

  /// Refuses settings that the file could not be read with.
  ///
  /// - Throws: `PipelineError` with every fault.
  func check(settings: [String], workspace: String) throws {
    do {
      _ = try PipelineFile.read(
        text, as: file, registry: Kinds.registry, workspace: workspace, settings: settings)
    } catch let error as PipelineError {
      throw Self.withoutLines(error)
    }
  }

  /// Nobody has seen the lines of a file that is not there.
  private static func withoutLines(_ error: PipelineError) -> PipelineError {
    PipelineError(
      error.status,
      faults: error.faults.map { PipelineFault(keyPath: $0.keyPath, message: $0.message) })
  }

  /// What it will cost, for people.
  var words: [String] {
    let levels = DraftEffort.allCases.map(\.rawValue).joined(separator: ", ")
    let meant =
      ["effort \(effort.rawValue): \(effort.meaning)"]
      + (hasBudget ? [] : ["(--budget TIME chooses among \(levels))"])
    guard let cost else { return meant }
    var words =
      "about \(Figure.duration(cost.seconds)) on this machine"
      + (cost.memory.map { ", \($0.byteSize) of memory" } ?? "") + ", \(cost.disk.byteSize) on disk"
    if !cost.incomplete.isEmpty {
      words += "; of \(cost.incomplete.joined(separator: ", ")) it is not known before"
    }
    var lines = meant + [words]
    if isTooLong {
      lines.append(
        "warning: that is the least there is, and more than --budget: give "
          + (smallerStudent.map { "--student \($0), " } ?? "")
          + "fewer rows, less text or more time")
    }
    return lines + cost.warnings.map { "warning: \($0)" }
  }
}
