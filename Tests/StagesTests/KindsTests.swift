import Foundation
import Pipelines
import Stages
import TestSupport
import Testing

@Suite struct KindsTests {
  @Test func `kinds, their ports and their options have names of their own`() {
    #expect(Set(Kinds.all.map { $0.kind }).count == Kinds.all.count)
    for kind in Kinds.all {
      #expect(Set(kind.fields.map(\.name)).count == kind.fields.count, "\(kind.kind)")
      #expect(Set(kind.inputs.map(\.name)).count == kind.inputs.count, "\(kind.kind)")
    }
  }

  @Test(arguments: Kinds.all.map { $0.kind })
  func `pipelines/README.md lists the ports and options of a stage, with types and defaults`(
    name: String
  ) throws {
    let kind = try #require(Kinds.all.first { $0.kind == name })
    let section = try section(of: name)
    for port in kind.inputs + kind.outputs {
      let kinds = port.kinds.joined(separator: " or ")
      #expect(
        section.contains { $0.hasPrefix("| `\(port.name)` |") && $0.contains(kinds) },
        "\(name): port \(port.name)")
    }
    for field in kind.fields {
      let standard = field.defaultValue.map { "`\($0)`" } ?? "none"
      let start = "| `\(field.name)` | \(field.type) | \(standard) |"
      #expect(section.contains { $0.hasPrefix(start) }, "\(name): \(start)")
    }
  }

  @Test func `pipelines/README.md lists no option that no stage has`() throws {
    for kind in Kinds.all {
      let known = Set(kind.fields.map(\.name) + kind.inputs.map(\.name) + kind.outputs.map(\.name))
      for line in try section(of: kind.kind) {
        guard let row = line.firstMatch(of: /^\| `([a-z_0-9]+)` \|/) else { continue }
        #expect(known.contains(String(row.1)), "\(kind.kind): \(row.1)")
      }
    }
  }

  @Test func `pipelines/README.md names every exit code`() throws {
    let text = try readme()
    for status in ExitStatus.allCases {
      #expect(text.contains("| \(status.rawValue) |"), "\(status)")
    }
  }

  private func readme() throws -> String {
    try Disk.text(
      Fixtures.folder(from: #filePath).replacing("/Tests/Fixtures", with: "/pipelines/README.md"))
  }

  /// The lines between a stage's heading and the next heading.
  private func section(of kind: String) throws -> [String] {
    let lines = try readme().split(separator: "\n").map(String.init)
    let start = try #require(lines.firstIndex(of: "### `\(kind)`"), "no section for \(kind)")
    return Array(lines[(start + 1)...].prefix { !$0.hasPrefix("#") })
  }
}
