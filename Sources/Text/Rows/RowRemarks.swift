internal import Files

/// What a reader of rows saw that may not be what was meant, counted.
struct RowRemarks {
  /// How often something was seen, and where first.
  struct Tally {
    private(set) var count: Int
    private(set) var firstLine: Int

    init(_ count: Int = 0, firstLine: Int = 0) {
      self.count = count
      self.firstLine = firstLine
    }

    mutating func add(line: Int, times: Int = 1) {
      if count == 0 { firstLine = line }
      count += times
    }
  }

  /// Rows with a field that looks quoted, where marks are ordinary characters.
  var quoted = Tally()
  /// Lines of a text file that hold a tab.
  var tabs = Tally()
  /// Lines that hold a carriage return which ends none.
  var returns = Tally()
  /// Rows without text.
  var empty = Tally()
  /// Blank lines that are no rows.
  var blank = Tally()
  /// Records of CSV with marks within fields that do not begin with one.
  var looseMarks = Tally()
  /// Sentences whose words are their numbers.
  var numbered = Tally()
  /// Sentences in which the numbers of words begin again.
  var restarted = Tally()
  /// Lines that a sentence's numbers tell to be no words.
  var wordless = Tally()
  /// Names of columns that the first row says itself.
  var saidNames: [String] = []
  /// The line of a header that says the names of columns which were given.
  var headerLine: Int?
  /// Whether the column of scores is that of the labels.
  var labelledByScores = false
  /// Rows with a teacher's answer of two kinds.
  var twofold = Tally()
  /// Rows with a score where the task has no use for one.
  var scores = Tally()
  /// Rows with a teacher's answer of a kind that the task does not take.
  var unread = Tally()
  /// Whether the task takes scores.
  var takesScores = false
  /// Whether rows are numbered by their place in a list.
  var areListed = false

  /// A line for each.
  func sentences(about path: String) -> [String] {
    var sentences: [String] = []
    func say(_ tally: Tally, _ one: String, _ many: String, _ advice: String) {
      if let sentence = tally.sentence(about: path, one, many, advice) {
        sentences.append(sentence)
      }
    }
    if areListed {
      sentences.append("\(path) is one JSON list: the N of \(path):N counts its objects")
    }
    if let headerLine {
      sentences.append(
        "\(path):\(headerLine): the first row says the names of --columns itself: it is a header, and no row"
      )
    }
    if !saidNames.isEmpty {
      let names = saidNames.prefix(20).map { "'\(printable(String($0.prefix(60))))'" }
      sentences.append(
        "\(path):1: the first row says \(names.joined(separator: ", ")) in the column of that name, and "
          + "it is taken as a row; if it is a header, leave --columns out")
    }
    say(
      quoted, "row stands in quotation marks as in CSV, and they are taken as text",
      "rows stand in quotation marks as in CSV, and they are taken as text",
      "give --quoting csv to take them off, --quoting none if they are meant")
    say(
      tabs, "line holds a tab: the whole line is one text", "lines hold a tab: a line is one text",
      "columns need a header and a name that ends in .tsv, or --format tsv")
    sentences += returns.sentencesOnReturns(about: path)
    say(
      looseMarks, "row has a quotation mark within a field that does not begin with one",
      "rows have a quotation mark within a field that does not begin with one",
      "it is taken as text, as tables do")
    say(
      numbered, "sentence has the words 1, 2, 3 and so on, as if its first column numbered them",
      "sentences have the words 1, 2, 3 and so on, as if their first column numbered them",
      "give --text-column 2, and the column of the tags with --label-column")
    say(
      wordless, "line is no word: its number is a range or a decimal, as 1-2 or 3.1 in CoNLL-U",
      "lines are no words: their numbers are ranges or decimals, as 1-2 or 3.1 in CoNLL-U",
      "left out")
    say(
      restarted, "sentence numbers its words from 1 again, as if a blank line were missing",
      "sentences number their words from 1 again, as if a blank line were missing",
      "put one before each line where they begin again")
    if labelledByScores {
      sentences.append(
        "\(path):1: 'score' is the label, for there is no 'label'; "
          + (takesScores
            ? "if it is a teacher's answer, give --teacher-answers score"
            : "if it is not, name another with --label-column"))
    }
    say(
      twofold, "row has a teacher's answer of two kinds",
      "rows have a teacher's answer of two kinds",
      takesScores ? "a score counts before logits" : "logits count before probabilities")
    say(
      scores, "row has a 'score', which this task does not take for a teacher's answer",
      "rows have a 'score', which this task does not take for a teacher's answer",
      "give 'logits' or 'probabilities'")
    say(
      unread, "row has 'logits' or 'probabilities', which are not read for this task",
      "rows have 'logits' or 'probabilities', which are not read for this task",
      takesScores
        ? "give a 'score', or 'logits' of one number"
        : "give prediction the teacher itself (--teacher)")
    say(empty, "row has an empty text", "rows have an empty text", "it counts as a row")
    say(blank, "line is blank", "lines are blank", "left out")
    return sentences
  }
}

extension RowRemarks.Tally {
  /// What was seen, how often and where first; nil where nothing was.
  func sentence(
    about path: String, _ one: String, _ many: String, _ advice: String
  ) -> String? {
    guard count > 0 else { return nil }
    return "\(path):\(firstLine): \(count == 1 ? "1 \(one)" : "\(count) \(many)")"
      + "\(count == 1 ? "" : " (the first here)"); \(advice)"
  }

  /// The sentence on lines that hold a carriage return, where there are any.
  func sentencesOnReturns(about path: String) -> [String] {
    let advice =
      "it is taken as a part of the line; to make it end one: tr '\\r' '\\n' < FILE > NEW"
    let sentence = sentence(
      about: path, "line holds a carriage return", "lines hold a carriage return", advice)
    return sentence.map { [$0] } ?? []
  }
}

/// What a reader of sentences saw, counted.
struct SentenceRemarks {
  /// Lines as only WikiText writes them, in text that is read as it stands.
  var likeWikiText = RowRemarks.Tally()
  /// Headings of WikiText.
  var headings = RowRemarks.Tally()
  /// Words outside WikiText's vocabulary.
  var unknownWords = RowRemarks.Tally()

  /// A line for each.
  func sentences(about path: String) -> [String] {
    [
      likeWikiText.sentence(
        about: path, "line is written as in WikiText (' = Title = ', ' @-@ ')",
        "lines are written as in WikiText (' = Title = ', ' @-@ ')",
        "give --layout wikitext if it is"),
      headings.sentence(
        about: path, "heading is no sentence", "headings are no sentences", "left out"),
      unknownWords.sentence(
        about: path, "word is <unk>", "words are <unk>",
        "the tokenizer's unknown token to the model"),
    ].compactMap(\.self)
  }
}
