/// Scratch memory that is given out piece by piece and taken back all at once.
///
/// It grows by blocks on demand; ``reset()`` keeps the blocks, so that after the first steps of a
/// run nothing is allocated any more. Matrices taken before a reset must not be used after it.
public final class Arena {
  private var blocks: [Buffer] = []
  private var block = 0
  private var used = 0
  private var taken = 0

  /// The most floats that were ever taken between two resets.
  public private(set) var highWaterMark = 0

  /// Pieces start on cache lines.
  private static let alignment = 16
  private static let smallestBlock = 1 << 20

  /// An empty arena.
  public init() {}

  /// The next piece, its contents undefined.
  public func matrix(_ rows: Int, _ columns: Int) -> Matrix {
    let size = (rows * columns + Arena.alignment - 1) / Arena.alignment * Arena.alignment
    while block < blocks.count && used + size > blocks[block].count {
      block += 1
      used = 0
    }
    if block == blocks.count { blocks.append(Buffer(count: max(size, Arena.smallestBlock))) }
    let piece = Matrix(
      buffer: blocks[block], offset: used, rows: rows, columns: columns, stride: columns)
    used += size
    taken += size
    highWaterMark = max(highWaterMark, taken)
    return piece
  }

  /// Takes everything back; one block then holds what several held.
  public func reset() {
    if blocks.count > 1 {
      blocks = []  // the old memory goes before the new one comes
      blocks = [Buffer(count: highWaterMark)]
    }
    block = 0
    used = 0
    taken = 0
  }

  /// Makes room for `floats` more floats without further allocation.
  public func reserve(_ floats: Int) {
    let free = block < blocks.count ? blocks[block].count - used : 0
    if free < floats { blocks.append(Buffer(count: floats)) }
  }

  /// The floats of all blocks.
  public var capacity: Int { blocks.reduce(0) { $0 + $1.count } }
}
