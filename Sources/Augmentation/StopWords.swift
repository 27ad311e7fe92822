/// Words that augmentation leaves alone.
///
/// Replacing a content word gives a sentence about something like it; replacing a function word gives
/// a sentence that is broken or means the opposite. So the list holds the closed classes of English,
/// in the form basic tokenisation leaves them in:
///
/// - negations and quantifiers, whose exchange flips or bends the label ("no", "never", "few");
/// - articles, demonstratives, pronouns and possessives;
/// - prepositions, conjunctions and the words that open a clause;
/// - auxiliaries and modals, and what splitting at the apostrophe leaves of contractions: "don't"
///   becomes "don", "'", "t", so both "don" and "t" are listed;
/// - adverbs of degree that carry polarity or comparison ("too", "more", "only").
///
/// Nouns, full verbs, adjectives and other adverbs are never in it.
public enum StopWords {
  /// The English list, lower case.
  public static let english: Set<String> = Set(
    [
      negationsAndQuantifiers, determinersAndPronouns, prepositions, conjunctions, auxiliaries,
      contractionParts, degreeAdverbs,
    ].flatMap { $0.split(whereSeparator: \.isWhitespace).map(String.init) })

  /// Those of the program published with TinyBERT: the English list of NLTK without its question words.
  ///
  /// What is written with an apostrophe is left out here: a basic token never is.
  public static let tinybert: Set<String> = Set(
    """
    i me my myself we our ours ourselves you your yours yourself yourselves he him his himself she her
    hers herself it its itself they them their theirs themselves this that these those
    am is are was were be been being have has had having do does did doing
    a an the and but if or because as until while of at by for with about against between into through
    during before after above below to from up down in out on off over under again further then once
    here there all any both each few more most other some such no nor not only own same so than too very
    can will just should now
    s t d ll m o re ve y don ain aren couldn didn doesn hadn hasn haven isn ma mightn mustn needn shan
    shouldn wasn weren won wouldn
    """.split(whereSeparator: \.isWhitespace).map(String.init))

  private static let negationsAndQuantifiers = """
    no not nor never none nobody nothing nowhere neither without cannot hardly barely
    all any both each every either few less least many more most much some several enough
    """

  private static let determinersAndPronouns = """
    a an the this that these those such same other another
    i me my mine myself we us our ours ourselves you your yours yourself yourselves
    he him his himself she her hers herself it its itself they them their theirs themselves
    one someone somebody something anyone anybody anything everyone everybody everything
    who whom whose which what
    """

  private static let prepositions = """
    about above across after against along among around at before behind below beneath beside
    besides between beyond by despite down during except for from in inside into like near of off on
    onto out outside over past per since through throughout till to toward towards under until up
    upon via with within
    """

  private static let conjunctions = """
    and but or so yet if unless because although though while whereas whether than as
    when whenever where wherever why how there here then once again
    """

  private static let auxiliaries = """
    am is are was were be been being do does did doing done have has had having
    can could may might must shall should will would ought
    """

  private static let contractionParts = """
    s t d m ll re ve don doesn didn isn aren wasn weren hasn haven hadn won wouldn shouldn couldn
    mustn mightn needn shan ain ma y o
    """

  private static let degreeAdverbs = "too very just only even also still rather quite own ever"
}
