internal import Glibc

/// Keeps the numbers of the standard streams that whoever started this program has closed: the next file
/// that is opened would get one of them, and what is printed would stand in it.
///
/// What is in their place can be used no more than a closed one: reading and writing fail.
public func keepStandardStreams() {
  for number in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO]
  where fcntl(number, F_GETFD) < 0 && errno == EBADF {
    // It gets the lowest number that is free, which is this one.
    unsafe _ = Glibc.open("/dev/null", number == STDIN_FILENO ? O_WRONLY : O_RDONLY)
  }
}
