internal import Glibc

/// The size of the terminal that a descriptor leads to now, in letters; nil where it is none, or does not
/// say.
public func terminalSize(_ descriptor: Int32) -> (columns: Int, rows: Int)? {
  var told = winsize()
  guard unsafe ioctl(descriptor, UInt(TIOCGWINSZ), &told) == 0, told.ws_col > 0, told.ws_row > 0
  else { return nil }
  return (Int(told.ws_col), Int(told.ws_row))
}
