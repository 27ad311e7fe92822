import Files
import Foundation
import TestSupport
import Testing

/// What a hand types that slips: nothing is lost, and the line says what to do.
@Suite struct ClumsyCommandTests {
  @Test func `a report takes the place of a report alone`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      let command = ["report", world.folder + "/.distill/tiny", "--output"]
      try Disk.write("mine", to: folder + "/rows.tsv")
      let refused = try Distill.run(command + ["rows.tsv"], in: folder)
      #expect(refused.status == 73 && refused.errorLines.count == 1, "\(refused.errors)")
      #expect(refused.errors.contains("rows.tsv: is there and is no report; name another file"))
      #expect(try Disk.text(folder + "/rows.tsv") == "mine")
      try Distill.succeed(command + ["rows.tsv", "--overwrite"], in: folder)
      // That is one now.
      try Distill.succeed(command + ["rows.tsv"], in: folder)
      try Distill.succeed(command + ["pages/of/it.html"], in: folder)
    }
  }

  @Test func `help that cannot be written is told, and help for nothing there is too`() throws {
    for words in [["--help"], ["help", "runs", "best"], ["init", "--help"], ["runs"]] {
      let line = words.map { "'\($0)'" }.joined(separator: " ")
      let full = try Program.run(
        "/bin/bash", ["--norc", "-c", "'\(Distill.path)' \(line) > /dev/full"], in: "/tmp")
      #expect(full.status == 74 && full.errorLines.count == 1, "\(words) \(full.errors)")
      #expect(try Distill.succeed(words, in: "/tmp").output.contains("USAGE: distill"))
    }
    for (words, line) in [
      (
        ["help", "fintune"],
        #"distill: fintune: there is no such command; did you mean "finetune"?"#
      ),
      (["help", "runs", "bst"], #"distill: bst: there is no such command; did you mean "best"?"#),
      (["xyzzy"], "distill: xyzzy: there is no such command; see distill --help"),
      ([""], #"distill: "": there is no such command; see distill --help"#),
      (["runs", "best", "x"], "see distill runs best --help"),
    ] {
      let outcome = try Distill.run(words, in: "/tmp")
      #expect(outcome.status == 64 && outcome.errors.contains(line), "\(outcome.errors)")
      #expect(outcome.errorLines.count == 1 && outcome.output.isEmpty)
    }
  }

  @Test func `a stream that is closed is no other file, and what is lost is told`() throws {
    let world = try FinishedWorld.shared()
    let rest = "'\(Distill.path)' runs list '\(world.folder)/.distill/tiny'"
    for closed in [">&-", ">&- <&-"] {
      let outcome = try Program.run("/bin/bash", ["--norc", "-c", "\(rest) \(closed)"], in: "/tmp")
      #expect(outcome.status == 74)
      #expect(
        outcome.errors.contains("cannot be written: Bad file descriptor"), "\(outcome.errors)")
    }
    let unseen = try Program.run("/bin/bash", ["--norc", "-c", "\(rest) 2>&-"], in: "/tmp")
    #expect(unseen.status == 0 && unseen.output.hasPrefix("attempt "))
  }

  @Test func `where nobody reads the data any more the program ends, and says nothing`() throws {
    let world = try FinishedWorld.shared()
    let runs = "'\(Distill.path)' runs list '\(world.folder)/.distill/tiny'"
    let predict = "'\(Distill.path)' predict --model '\(world.artifact("student"))' --input -"
    for command in [
      "{ sleep 0.5; \(runs); echo $? >&2; } | true",
      "{ sleep 0.5; '\(Distill.path)' metrics '\(world.folder)/.distill/tiny'; echo $? >&2; } | true",
      // Its input has no end.
      "{ yes 'the film' | timeout 60 \(predict); echo ${PIPESTATUS[1]} >&2; } | head -1",
    ] {
      let outcome = try Program.run("/bin/bash", ["--norc", "-c", command], in: "/tmp")
      let lines = outcome.errors.split(separator: "\n").filter { !$0.hasPrefix("yes: ") }
      #expect(lines == ["141"], "\(outcome.errors)")
    }
    // Work goes on where only its progress is not seen.
    try withTemporaryFolder { folder in
      let dataset =
        "'\(Distill.path)' dataset --train '\(world.folder)/train.tsv' --tokenizer "
        + "'\(world.folder)/encoder' --output rows.h5"
      let command = "{ sleep 0.5; \(dataset) 2>&1 >/dev/null; echo $? >&2; } | true"
      let outcome = try Program.run("/bin/bash", ["--norc", "-c", command], in: folder)
      #expect(outcome.errors == "0\n")
      #expect(FileManager.default.fileExists(atPath: folder + "/rows.h5"))
    }
  }

  @Test func `a path that is empty is told as one`() throws {
    for command in [["dag"], ["report"], ["runs", "list"], ["inspect"]] {
      let outcome = try Distill.run(command + [""], in: "/tmp")
      #expect(
        outcome.status == 66 && outcome.errors.hasPrefix(#"distill: "": "#), "\(outcome.errors)")
    }
  }

  @Test func `the lines of usage fit a terminal of 80 columns`() throws {
    for words in [
      ["runs", "list"], ["runs", "show"], ["runs", "compare"], ["runs", "best"], ["runs", "diff"],
      ["track", "sync"], ["report"], ["init"], ["compress"],
    ] {
      let help = try Distill.succeed(words + ["--help"], in: "/tmp")
      #expect(help.lines.allSatisfy { $0.count <= 80 }, "\(words)")
    }
  }
}
