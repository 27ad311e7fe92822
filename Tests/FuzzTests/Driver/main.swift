// One parser under libFuzzer: `fuzz` with its name in DISTILL_FUZZ_PARSER, and libFuzzer's own
// arguments. `Tests/fuzz.sh` builds and starts it.
import CFuzzer
import Foundation

private enum Session {
  static let parser: FuzzedParser = {
    let name = ProcessInfo.processInfo.environment["DISTILL_FUZZ_PARSER"] ?? ""
    guard let parser = FuzzedParser.all.first(where: { $0.name == name }) else {
      // The names alone, for the script that starts one process for each.
      print(FuzzedParser.all.map(\.name).joined(separator: "\n"))
      exit(name.isEmpty ? 0 : 64)
    }
    return parser
  }()
  static let scratch = try? FuzzScratch()
}

private let parser = Session.parser
private var count = CommandLine.argc
private var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? =
  unsafe CommandLine.unsafeArgv

exit(
  unsafe LLVMFuzzerRunDriver(&count, &arguments) { data, size in
    let bytes = unsafe Array(UnsafeBufferPointer(start: data, count: size))
    do {
      guard let scratch = Session.scratch else { throw FuzzFinding("there is no scratch folder") }
      try Session.parser.run(bytes, in: scratch)
    } catch {
      FileHandle.standardError.write(Data("finding: \(error)\n".utf8))
      abort()
    }
    return 0
  })
