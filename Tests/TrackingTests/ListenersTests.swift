internal import Dispatch
internal import Foundation
internal import Pipelines
internal import Synchronization
internal import Testing

@testable internal import Tracking

/// Keeps what it is told; waits before every event while its gate is shut, and fails where it is told
/// to.
private final class Keeper: Tracker {
  struct Failure: Error, CustomStringConvertible { let description: String }

  let complaint = "events were not kept"
  let isRecord: Bool
  private let failing: Set<String>
  private let gate: DispatchSemaphore?
  private let kept = Mutex<(texts: [String], times: [Int])>(([], []))

  init(isRecord: Bool = false, failing: Set<String> = [], gate: DispatchSemaphore? = nil) {
    self.isRecord = isRecord
    self.failing = failing
    self.gate = gate
  }

  var texts: [String] { kept.withLock(\.texts) }
  var times: [Int] { kept.withLock(\.times) }

  func take(_ event: RunEvent, at time: Int) throws {
    gate?.wait()
    gate?.signal()
    let text =
      switch event {
      case .note(_, let text): text
      case .progress(_, let done, _, _): "\(done)"
      default: "other"
      }
    if failing.contains(text) { throw Failure(description: "no \(text)") }
    kept.withLock {
      $0.texts.append(text)
      $0.times.append(time)
    }
  }

  func finish() throws {
    kept.withLock { $0.texts.append("end") }
    if failing.contains("end") { throw Failure(description: "no end") }
  }
}

@Suite struct ListenersTests {
  private func note(_ text: String) -> RunEvent { .note(stage: "a", text: text) }
  private func progress(_ done: Int) -> RunEvent {
    .progress(stage: "a", done: done, total: 5_000, unit: "rows")
  }

  @Test func `everybody gets every event in its order, and the end once`() {
    let keepers = [Keeper(isRecord: true), Keeper()]
    let listeners = Listeners(keepers)
    let texts = (0..<500).map { "\($0)" }
    for text in texts { listeners.take(note(text)) }
    #expect(listeners.finish() == [])
    for keeper in keepers { #expect(keeper.texts == texts + ["end"]) }
  }

  @Test func `a slow listener delays nobody, misses what later events supersede, and is told of`() {
    let gate = DispatchSemaphore(value: 0)
    let (slow, record) = (Keeper(gate: gate), Keeper(isRecord: true))
    let listeners = Listeners([slow, record], capacity: 10)
    for done in 1...100 { listeners.take(progress(done)) }
    listeners.take(note("kept"))
    listeners.awaitRecord()
    #expect(record.texts.count == 101)
    #expect(slow.texts == [])
    gate.signal()
    #expect(
      listeners.finish() == ["events were not kept: too slow, 90 events were left out"])
    #expect(slow.texts == (1...10).map { "\($0)" } + ["kept", "end"])
  }

  @Test func `nothing is left out for the record, and who awaits it finds it whole`() {
    let gate = DispatchSemaphore(value: 0)
    let record = Keeper(isRecord: true, gate: gate)
    let listeners = Listeners([record], capacity: 10)
    for done in 1...5_000 { listeners.take(progress(done)) }
    #expect(record.texts == [])
    gate.signal()
    listeners.awaitRecord()
    #expect(record.texts == (1...5_000).map { "\($0)" })
    #expect(listeners.finish() == [])
  }

  @Test func `a failure is told once, by its first reason, and costs no other event`() {
    let keepers = [Keeper(failing: ["2", "4", "end"]), Keeper(failing: ["end"]), Keeper()]
    let listeners = Listeners(keepers)
    for number in 1...5 { listeners.take(note("\(number)")) }
    #expect(listeners.finish() == ["events were not kept: no 2", "events were not kept: no end"])
    #expect(keepers[0].texts == ["1", "3", "5", "end"])
    #expect(keepers[2].texts == ["1", "2", "3", "4", "5", "end"])
  }

  @Test func `an event bears the time when it happened, not when it was taken`() throws {
    let gate = DispatchSemaphore(value: 0)
    let keeper = Keeper(gate: gate)
    let listeners = Listeners([keeper])
    for text in ["taken", "waits"] { listeners.take(note(text)) }
    let later = Int(Date().timeIntervalSince1970 * 1000) + 1
    Thread.sleep(forTimeInterval: 0.02)
    gate.signal()
    _ = listeners.finish()
    #expect(try #require(keeper.times.last) <= later)
  }
}
