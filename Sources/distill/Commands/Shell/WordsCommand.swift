import ArgumentParser
import Files
import Pipelines
import Stages

/// `distill words`: what a completion script asks for, a word a line.
///
/// It never fails: a shell that completes has no place for errors.
struct WordsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "words", abstract: "Print the words that may come next.", shouldDisplay: false)

  @Argument(help: "stages or settings.")
  var kind: String

  @Argument(parsing: .captureForPassthrough, help: "The words of the command line.")
  var line: [String] = []

  func run() {
    // The usual file is meant where no other is named.
    for word in line.filter({ !$0.hasPrefix("-") }) + [UsualFile.name] {
      let isFile = [".yaml", ".yml"].contains { word.hasSuffix($0) } && fileExists(word)
      guard isFile || Place.workspace(of: word) != nil, let place = try? Place(word) else {
        continue
      }
      let words = kind == "settings" ? settings(place) : stages(place)
      for word in words where Self.isPlain(word) { Output.data(word) }
      return
    }
  }

  /// Whether a word is nothing but itself to every shell, and no option: a workspace may be a stranger's.
  private static func isPlain(_ word: String) -> Bool {
    !word.hasPrefix("-")
      && word.utf8.allSatisfy { byte in
        switch UInt8(byte) {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"):
          true
        default: "._@=-".utf8.contains(byte)
        }
      }
  }

  /// The names of stages, those of a matrix without their values too.
  private func stages(_ place: Place) -> [String] {
    var names: [String] = []
    switch place {
    case .pipeline(let pipeline): names = pipeline.stages.flatMap { [$0.baseName, $0.name] }
    case .workspace(let workspace):
      let manifest = (try? Manifest.read(workspace)) ?? nil
      names = manifest?.stageNames ?? []
    }
    var seen: Set<String> = []
    return names.filter { seen.insert($0).inserted }
  }

  /// Keys of a file's values.
  private func settings(_ place: Place) -> [String] {
    guard case .pipeline(let pipeline) = place else { return [] }
    var seen: Set<String> = []
    let stages = pipeline.stages.filter { seen.insert($0.baseName).inserted }
    return ["seed="] + pipeline.sources.map { "sources.\($0.name)=" }
      + stages.flatMap { stage in
        (["seed", "threads"] + stage.kind.fields.map(\.name)).map {
          "stages.\(stage.baseName).\($0)="
        }
      }
  }
}
