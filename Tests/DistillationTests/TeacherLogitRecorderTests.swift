import Compute
import Testing
import Training

@testable import Distillation

@Suite struct TeacherLogitRecorderTests {
  @Test func `rows of differing numbers are kept by example, the first time they are seen`() {
    // Three examples of 2, 1 and 3 tokens.
    let recorder = TeacherLogitRecorder(starts: [0, 2, 3, 6], columns: 2)
    recorder.record(
      Matrix(rows: 4, columns: 2, values: [1, 2, 3, 4, 5, 6, 7, 8]), indices: [2, 1])
    #expect(!recorder.isComplete)
    recorder.record(
      Matrix(rows: 3, columns: 2, values: [9, 9, 10, 11, 12, 13]), indices: [1, 0])
    #expect(recorder.isComplete)
    let outputs = recorder.outputs
    #expect(outputs.rows[0] == [10, 11, 12, 13])
    #expect(outputs.rows[1] == [7, 8], "what is known is not written again")
    #expect(outputs.rows[2] == [1, 2, 3, 4, 5, 6])
    #expect(recorder.rows(of: 1..<3).values() == [7, 8, 1, 2, 3, 4, 5, 6])
  }

  @Test func `outputs are handed out for the examples asked`() throws {
    let outputs = Outputs(
      columns: 2, rows: Ragged(values: [1, 2, 3, 4, 5, 6], offsets: [0, 4, 6]))
    guard case .cached(let columns, let rows) = outputs.asTeacher else {
      Issue.record("a running teacher")
      return
    }
    #expect(try columns == 2 && rows([1, 0]) == [5, 6, 1, 2, 3, 4])
  }
}
