import Files
import Foundation
import TestSupport
import Testing

@testable import Pipelines

/// Completion where what is offered was written by somebody else.
@Suite struct ForeignWordsTests {
  @Test func `names in a stranger's workspace that are none are not offered, and nothing runs`()
    throws
  {
    try withTemporaryFolder { folder in
      var manifest = Manifest(pipeline: "evil", createdBy: "somebody")
      manifest.graph = ["a$(touch x)", "`touch x`", "-rf", "evaluate"].map {
        .object(JSONObject([("stage", .string($0))]))
      }
      try ensureDirectory(folder + "/evil")
      try manifest.write(to: Workspace(path: folder + "/evil"))
      let words = try Distill.succeed(["words", "stages", "run", "evil"], in: folder)
      #expect(words.lines == ["evaluate"])
      #expect(try Bash.offered(["run", "evil", "--until", ""], in: folder) == ["evaluate"])
      #expect(!fileExists(folder + "/x"))
    }
  }

  @Test func `bash offers a word as it is, whatever it holds`() throws {
    try withTemporaryFolder { folder in
      try Disk.write("", to: folder + "/apple")
      let said = ["a$(touch x)", "a b", "a*", "b`touch x`", "$(touch x)"]
      let function = "printf '%s\\n' \(said.map { "'\($0)'" }.joined(separator: " "))"
      let until = ["run", "evil", "--until"]
      #expect(
        try Bash.offered(until + ["a"], in: folder, distill: function) == Array(said.prefix(3)))
      #expect(try Bash.offered(until + [""], in: folder, distill: function) == said)
      #expect(
        try Bash.offered(["run", "evil", "--set", "a"], in: folder, distill: function)
          == Array(said.prefix(3)))
      #expect(!fileExists(folder + "/x"))
    }
  }
}
