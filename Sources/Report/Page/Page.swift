internal import Artifacts
internal import Pipelines

/// A report as one HTML file that needs nothing else: no other file, no network.
///
/// Charts are SVG made here and not by a library: a few hundred lines draw what is needed, a page of a run
/// weighs kilobytes and not megabytes, every number of it stands in the file, it prints, and it is read
/// without a program running.
struct Page {
  /// A section that has something to show, with its anchor.
  private struct Section {
    let id: String
    let name: String
    let markup: Markup
  }

  private let report: RunReport
  private let sections: [Section]

  /// Of a page that is served, what its record was; nil of a file, which asks nobody for anything.
  private let version: String?

  init(_ report: RunReport, version: String? = nil) {
    self.report = report
    self.version = version
    sections = Self.sections(of: report)
  }

  /// The file.
  var document: String {
    let head: [Markup] = [
      Markup(
        trusted: """
          <meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
          <meta name="color-scheme" content="light dark">
          """),
      version == nil
        ? Markup(
          trusted: """
            <meta http-equiv="Content-Security-Policy" \
            content="default-src 'none';style-src 'unsafe-inline';script-src 'unsafe-inline';img-src data:">
            """)
        : Markup(
          trusted: """
            <meta http-equiv="Content-Security-Policy" \
            content="default-src 'none';style-src 'unsafe-inline';script-src 'unsafe-inline';img-src data:;\
            connect-src 'self'">
            """),
      Markup(trusted: "<link rel=\"icon\" href=\"data:,\">"),
      Markup.tag("title", [], [Markup(title)]), Markup.tag("style", [], [Style.page]),
    ]
    let body =
      [
        header, Markup.tag("main", [], sections.map(\.markup)), footer,
        Markup.tag(
          "script", [], version == nil ? [Script.page] : [Script.page, Script.reloading]),
      ]
    var attributes: [(StaticString, String)] = [("lang", "en")]
    if let version { attributes.append(("data-version", version)) }
    let html = Markup.tag(
      "html", attributes,
      [Markup.tag("head", [], head), Markup.tag("body", [], body)])
    return "<!doctype html>\n" + html.source + "\n"
  }

  private var title: String {
    var seen: Set<String> = []
    let names = report.workspaces.map(\.pipeline).filter { seen.insert($0).inserted }
    return names.prefix(3).joined(separator: ", ")
      + (names.count > 3 ? " and \(names.count - 3) more" : "")
  }

  private static func sections(of report: RunReport) -> [Section] {
    let all: [(String, String, Markup?)] = [
      ("worth", "Scores and costs", WorthSection(report).markup),
      ("confusion", "Confusions", ConfusionSection(report).markup),
      ("rows", "Where they differ", DisagreementSection(report).markup),
      ("attention", "What they attend to", AttentionSection(report).markup),
      ("stages", "Stages", StagesSection(report).markup),
      ("course", "Losses", CourseSection(report).markup),
      ("attempts", "Attempts", AttemptsSection(report).markup),
      ("differences", "What differs", DifferencesSection(report).markup),
      ("configuration", "Configuration", ConfigurationSection(report).markup),
      ("environment", "Environment", EnvironmentSection(report).markup),
    ]
    return all.compactMap { id, name, markup in
      markup.map { Section(id: id, name: name, markup: $0) }
    }
  }

  private var header: Markup {
    var parts: [Markup] = [Markup.tag("h1", [], [Markup(title)])]
    if let only = report.workspaces.first, report.workspaces.count == 1 {
      parts.append(Markup.paragraph(Self.facts(only), "meta"))
    } else {
      parts.append(Markup.paragraph("\(report.workspaces.count) workspaces side by side", "meta"))
    }
    parts.append(Headline(report).markup)
    let warnings = report.workspaces.flatMap { workspace in
      (workspace.evaluations.flatMap { evaluation in
        evaluation.warnings.map { "\(evaluation.stage): \($0)" }
      } + [workspace.earlier.warning].compactMap(\.self))
      .map { report.workspaces.count > 1 ? "\(workspace.name): \($0)" : $0 }
    }
    if !warnings.isEmpty {
      parts.append(
        Markup.tag("div", [("class", "warning")], warnings.map { Markup.paragraph($0, "soft") }))
    }
    if !report.faults.isEmpty {
      parts.append(
        Markup.tag(
          "div", [("class", "warning")],
          [Markup.paragraph("Not everything could be read:")]
            + report.faults.prefix(20).map { Markup.paragraph($0, "soft") }))
    }
    let links = sections.map { section in
      Markup.tag("a", [("href", "#" + section.id)], [Markup(section.name)])
    }
    parts.append(Markup.tag("nav", [("aria-label", "Sections")], links))
    return Markup.tag("header", [], parts)
  }

  /// Where and when a workspace was made.
  static func facts(_ workspace: ReportedWorkspace) -> String {
    var facts = [workspace.path]
    if let run = workspace.run {
      facts.append(
        Quantity.moment(run.started)
          + (run.finished.map { " to \(Quantity.moment($0))" } ?? ", not finished"))
    }
    let seconds = workspace.current.compactMap(\.seconds).reduce(0, +)
    if seconds > 0 { facts.append("stages took \(Quantity.duration(seconds))") }
    return facts.joined(separator: " · ")
  }

  private var footer: Markup {
    Markup.tag(
      "footer", [],
      [
        Markup.paragraph(
          "Made by distill \(ProgramVersion.number) from manifest.json, metrics.jsonl and runs/ of "
            + "the workspace\(report.workspaces.count == 1 ? "" : "s"). Every number carries the "
            + "recorded value with all its digits.", "soft")
      ])
  }
}
