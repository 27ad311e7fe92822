internal import TestSupport
internal import Testing

@testable internal import Pipelines

@Suite struct YAMLTreeTests {
  @Test func `anchors, aliases, merge keys and tags are refused, each with its place`() {
    let text = """
      pipeline: p
      sources: &s { t: a.txt }
      stages:
        make:
          <<: { epochs: 2 }
          inputs: { text: t }
          outputs: { model: m }
          temperature: !!float 1
          label: !secret x
          words: !list [a]
          mode: &m exact
        train: { inputs: { teacher: m }, output: n, alpha: *m }
      """
    #expect(
      faults(text) == [
        "2:10: sources: anchors (&name) and aliases (*name) are not supported; write the value out",
        "5:5: stages.make: merge keys (<<) are not supported; write the values out",
        "8:18: stages.make.temperature: tags (tag:yaml.org,2002:float) are not supported; take it off",
        "9:12: stages.make.label: tags (!secret) are not supported; take it off",
        "10:12: stages.make.words: tags (!list) are not supported; take it off",
        "11:11: stages.make.mode: anchors (&name) and aliases (*name) are not supported; write the value out",
        "11:11: stages.train.alpha: anchors (&name) and aliases (*name) are not supported; write the value out",
      ])
  }

  @Test func `a bomb of aliases is refused at once`() {
    var text = "a0: &a0 [x, x]\n"
    for level in 1...40 {
      text += "a\(level): &a\(level) [*a\(level - 1), *a\(level - 1)]\n"
    }
    text += "? *a40\n: 1\n? *a40\n: 2\n"
    // Taken apart, it would be 2^40 nodes: a reader that does so never ends.
    #expect(
      faults(text) == ["10:10: aliases (*name) are not supported; write the value out"])
  }

  @Test func `every key that is written twice is reported, with what else is wrong`() {
    let text = """
      pipeline: p
      seed: 1
      seed: 2
      sources: { t: a.txt, "t": b.txt }
      stages:
        make:
          inputs: { text: t }
          outputs: { model: m }
          epochs: 1
          epochs: 2
          epochs: 3
          temprature: 1
      """
    #expect(
      faults(text) == [
        "3:1: seed: this key is written twice, first at 2:1",
        "4:22: sources.t: this key is written twice, first at 4:12",
        "10:5: stages.make.epochs: this key is written twice, first at 9:5",
        "11:5: stages.make.epochs: this key is written twice, first at 9:5",
        "12:5: stages.make.temprature: make has no such option; did you mean \"temperature\"?",
      ])
  }

  @Test(arguments: [" ", ",", ":", "[", "\u{85}", "\u{2028}", "\r", "?"])
  func `aliases are counted whatever is before them`(separator: String) {
    let text = "a: " + String(repeating: "\(separator)*b", count: 17)
    #expect(
      faults(text).map { $0.hasSuffix("aliases (*name) are not supported; write the value out") }
        == [true])
  }

  @Test func `a file with carriage returns is read alike`() {
    let text = "pipeline: p\r\nseed: 1\r\nseed: 2\r\nstages:\r\n  mak:\r\n"
    #expect(
      faults(text) == [
        "3:1: seed: this key is written twice, first at 2:1",
        "5:3: stages.mak: \"mak\" is no kind of stage; add run: KIND or use a kind as the name; did you mean \"make\"?",
      ])
  }

  @Test func `stars that are no aliases are let through`() {
    let text =
      "pipeline: p\nworkspace: " + String(repeating: "a*b * c", count: 20)
      + "\nsources: { t: a }\nstages:\n  make: { inputs: { text: t }, outputs: { model: m } }\n"
    #expect(faults(text) == [])
  }

  @Test func `a mangled file is read or refused, whatever was done to it`() throws {
    let sound = Array(
      """
      pipeline: demo
      seed: 5
      workspace: .distill/x
      sources: { texts: [a.txt, "b.txt"], more: c }
      stages:
        make:
          inputs: { text: [texts, more] }
          outputs: { model: base }
          temperature: 1e-1
          layers: [1, 2]
          label: 'no'
        train:
          matrix: { seed: [1, 2], a: [0.5, 1] }
          inputs: { teacher: base }
          output: "s-${seed}-${a}"
          alpha: "${a}"
        score: { each: { seed: [1, 2] }, inputs: { models: ["s-${seed}-1", base] } }
      """.unicodeScalars)
    let pieces = Array(
      "\0\t\n\r \u{85}\u{2028}\u{E000}\u{FEFF}&*!|>%@`?:-,[]{}#'\"$<=é٣😀\\~0".unicodeScalars)
    _ = try PipelineFile.parse(
      sound.reduce(into: "") { $0.unicodeScalars.append($1) }, path: "p.yaml",
      registry: fakeRegistry)
    var numbers = ArbitraryNumbers(7)
    var accepted = 0
    for _ in 0..<1_000 {
      var mutant = sound
      for _ in 0...numbers.below(2) {
        let place = numbers.below(mutant.count)
        switch numbers.below(4) {
        case 0: mutant[place] = pieces[numbers.below(pieces.count)]
        case 1: mutant.insert(pieces[numbers.below(pieces.count)], at: place)
        case 2: mutant.removeSubrange(place..<min(mutant.count, place + 1 + numbers.below(9)))
        default:
          let end = min(mutant.count, place + 1 + numbers.below(60))
          mutant.insert(contentsOf: mutant[place..<end], at: numbers.below(mutant.count))
        }
      }
      var text = String.UnicodeScalarView()
      text.append(contentsOf: mutant)
      do {
        _ = try PipelineFile.parse(String(text), path: "p.yaml", registry: fakeRegistry)
        accepted += 1
      } catch let error as PipelineError {
        #expect(error.status == .badPipeline)
        #expect(error.faults.allSatisfy { $0.description.hasPrefix("p.yaml:") })
      }
    }
    // Neither everything nor nothing: the mutants reach what is behind the parser.
    #expect(accepted > 20 && accepted < 980, "\(accepted) accepted")
  }

  @Test func `nesting without end is an error, not a crash`() {
    #expect(faults(String(repeating: "[", count: 100_000)).count == 1)
    #expect(faults("a: " + String(repeating: "{a: ", count: 5_000)).count == 1)
  }
}
