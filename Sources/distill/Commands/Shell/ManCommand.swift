import ArgumentParser

/// `distill man`: the manual page.
struct ManCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "man", abstract: "Print the manual page, for man.",
    discussion: """
      To read it: distill man > distill.1 && man -l distill.1. To keep it: distill man > \
      ~/.local/share/man/man1/distill.1
      """)

  func run() throws { Output.data(ManualPage(try CommandDescription.program()).text) }
}
