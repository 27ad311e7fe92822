import ArgumentParser
import Artifacts
import Files
import Pipelines
import Stages

/// `distill clean`: removes from a workspace what nothing refers to.
struct CleanCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "clean", abstract: "Remove from a pipeline's workspace what nothing refers to.",
    usage: "distill clean [<place>] [--dry-run] [--cache] [--json] [options]",
    discussion: """
      Outputs that no stage is recorded to have made, checkpoints of stages that are done or unknown, \
      and what was left half-written. The outputs of earlier attempts stay in the run cache but for what \
      is over the limits given. Files in the workspace that are not the program's own stay.
      """)

  @OptionGroup var given: PlaceOptions

  @Flag(help: "Show what would be removed, and do nothing.")
  var dryRun = false

  @Flag(help: "Remove the caches too; they are made again when needed.")
  var cache = false

  @Option(
    help: ArgumentHelp(
      "Keep in the run cache the newest N attempts at each stage.", valueName: "n"))
  var keepAttempts: Int?

  @Option(
    help: ArgumentHelp(
      "Remove from the run cache what was made longer ago, such as 12h, 30d or 8w.",
      valueName: "age"))
  var olderThan: String?

  @Option(
    help: ArgumentHelp(
      "Remove the oldest from the run cache until it takes no more, such as 500MB or 10GB.",
      valueName: "size"))
  var maxSize: String?

  @Flag(help: "Print one JSON document.")
  var json = false

  func validate() throws {
    if let keepAttempts, keepAttempts < 0 {
      throw ValidationError("--keep-attempts must be 0 or more")
    }
    if let olderThan, WrittenAmount.seconds(olderThan) == nil {
      throw ValidationError(
        "--older-than \(olderThan): a number with s, m, h, d or w after it, such as 30d")
    }
    if let maxSize, WrittenAmount.bytes(maxSize) == nil {
      throw ValidationError(
        "--max-size \(maxSize): a number with kB, MB, GB or TB after it, such as 10GB")
    }
  }

  private var limits: RunCacheLimits {
    RunCacheLimits(
      attempts: keepAttempts, age: olderThan.flatMap(WrittenAmount.seconds),
      bytes: maxSize.flatMap(WrittenAmount.bytes))
  }

  func run() throws {
    let place = try given.find()
    var pipeline: Pipeline?
    if case .pipeline(let found) = place { pipeline = found }
    let cleaning = try WorkspaceCleaner(
      place.workspace, of: pipeline, removesCaches: cache, limits: limits, isDryRun: dryRun
    ).clean()
    if json {
      Output.data(try cleaning.json.document("distill.clean/1"))
      return
    }
    for item in cleaning.items {
      Output.data("\(printable(item.path)): \(item.bytes.byteSize), \(item.reason)")
    }
    let (attempts, bytes) = cleaning.runCache
    defer {
      if attempts > 0 {
        let count = attempts == 1 ? "1 attempt" : "\(attempts) attempts"
        Output.data("run cache: \(count), \(bytes.byteSize)")
      }
    }
    if cleaning.items.isEmpty { return Output.data("nothing to remove") }
    Output.data(
      "\(cleaning.bytes.byteSize) in \(cleaning.items.count) "
        + (cleaning.items.count == 1 ? "place" : "places")
        + (dryRun ? " would be removed" : " removed"))
  }
}
