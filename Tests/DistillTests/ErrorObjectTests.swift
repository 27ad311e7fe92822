internal import Artifacts
internal import Pipelines
internal import Testing

@testable internal import distill

@Suite struct ErrorObjectTests {
  @Test func `the cure is what stands behind the last semicolon`() {
    for (line, place, message, cure) in [
      ("a.tsv:3: bad; mend it", "a.tsv:3", "bad", "mend it"),
      ("m: x is 1; y is 2; take both from one", "m", "x is 1; y is 2", "take both from one"),
      (
        "--columns: one is empty; name all; see distill predict --help", "--columns",
        "one is empty", "name all; see distill predict --help"
      ),
    ] {
      let fault = ErrorObject.Fault(line)
      #expect(fault.place == place && fault.message == message && fault.cure == cure)
    }
    let word = ErrorObject.Fault("Unknown option '--jso'; see distill plan --help")
    #expect(word.place.isEmpty && word.cure == "see distill plan --help")
    let list = ErrorObject.Fault("m: a is missing, b is missing")
    #expect(list.message == "a is missing, b is missing" && list.cure == nil)
    #expect(ErrorObject.Fault("no place").message == "no place")
  }

  @Test func `an error that holds its cure tells it whole`() {
    let error = ArtifactError.badData("m.h5", "is odd; and more", cure: "make it; then use it")
    let fault = ErrorObject(error).faults.first
    #expect(fault?.place == "m.h5" && fault?.message == "is odd; and more")
    #expect(fault?.cure == "make it; then use it")
  }

  @Test func `a fault of a pipeline has its place and its cure`() {
    let error = PipelineError(.usage, at: "--a", "x: y; z; leave it out")
    let fault = ErrorObject(error).faults.first
    #expect(fault?.place == "--a" && fault?.message == "x: y; z" && fault?.cure == "leave it out")
  }
}
