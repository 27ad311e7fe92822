internal import Glibc

/// Keeps signals away from this thread and from those it starts; they wait for whoever asks for them
/// (`signalfd`), or go to threads that were there before.
///
/// A handler runs on the stack of the thread it interrupts. Machine code that libraries write at run
/// time does not always leave it one: a signal in the middle of such a product overwrote the heap.
public func blockSignals(_ numbers: [Int32]) {
  var set = signalSet(numbers)
  unsafe _ = pthread_sigmask(SIG_BLOCK, &set, nil)
}

/// Those of these blocked signals that wait for whoever asks for them.
public func waitingSignals(among numbers: [Int32]) -> [Int32] {
  var set = sigset_t()
  unsafe _ = sigpending(&set)
  return numbers.filter { unsafe sigismember(&set, $0) == 1 }
}

/// The set of these signals.
func signalSet(_ numbers: [Int32]) -> sigset_t {
  var set = sigset_t()
  unsafe _ = sigemptyset(&set)
  for number in numbers { unsafe _ = sigaddset(&set, number) }
  return set
}
