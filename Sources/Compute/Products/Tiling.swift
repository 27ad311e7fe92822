/// How the output of a product is cut into tiles: by its shape alone, so that the same bits come
/// out at any number of threads.
struct Tiling {
  let rows: Int
  let columns: Int
  let rowTiles: Int
  let columnTiles: Int
  /// Slices begin at multiples of this.
  private let grain: Int

  /// For OpenBLAS, which packs both operands anew for every tile, and our own kernel, which reads all
  /// weights for every tile: tiles are as tall as leaves enough of them to share out; columns are cut
  /// only where the rows are few.
  init(rows: Int, columns: Int) {
    self.rows = rows
    self.columns = columns
    rowTiles = rows < 384 ? 1 : max(min(8, rows / 384 * 2), rows / 1024 * 2)
    columnTiles = rowTiles > 1 ? 1 : min(4, max(1, columns / 128))
    grain = Self.panel
  }

  /// For oneDNN with packed weights: as many rows as stay in the cache from the product to what
  /// follows it; an even number, so that two threads have the same work.
  init(rows: Int, ofWholeRows columns: Int) {
    self.rows = rows
    self.columns = columns
    rowTiles = rows <= Self.panel ? 1 : (rows + 2 * Self.height - 1) / (2 * Self.height) * 2
    columnTiles = 1
    grain = 4
  }

  /// For weight gradients by oneDNN, which copies both operands for every tile: the longer side is
  /// cut.
  init(halving rows: Int, _ columns: Int) {
    self.rows = rows
    self.columns = columns
    let pieces = 2 * max(1, max(rows, columns) / 512)
    rowTiles = rows >= columns ? pieces : 1
    columnTiles = rows >= columns ? 1 : pieces
    grain = Self.panel
  }

  init(_ backend: any ProductBackend, rows: Int, columns: Int) {
    if backend.library == .oneDNN {
      self.init(rows: rows, ofWholeRows: columns)
    } else {
      self.init(rows: rows, columns: columns)
    }
  }

  /// The most rows of a tile of packed products, but for what is left over.
  private static let height = 64
  /// The height of a library's panels.
  private static let panel = 16

  var count: Int { rows == 0 || columns == 0 ? 0 : rowTiles * columnTiles }

  /// The most rows a tile has.
  var tallest: Int {
    (0..<rowTiles).reduce(0) { max($0, slice($1, of: rowTiles, count: rows).count) }
  }

  /// The rows of a tile.
  func rows(of tile: Int) -> Range<Int> { slice(tile / columnTiles, of: rowTiles, count: rows) }

  /// The columns of a tile.
  func columns(of tile: Int) -> Range<Int> {
    slice(tile % columnTiles, of: columnTiles, count: columns)
  }

  /// One of nearly equal slices.
  private func slice(_ index: Int, of slices: Int, count: Int) -> Range<Int> {
    func start(_ index: Int) -> Int {
      index == slices ? count : index * count / slices / grain * grain
    }
    return start(index)..<start(index + 1)
  }
}

extension ComputeContext {
  /// Runs `body` for every tile that is not empty.
  func forEachTile(
    _ tiling: Tiling,
    _ body: (_ rows: Range<Int>, _ columns: Range<Int>, _ thread: Int) -> Void
  ) {
    parallel(tiling.count) { tile, thread in
      let rows = tiling.rows(of: tile)
      let columns = tiling.columns(of: tile)
      if !rows.isEmpty && !columns.isEmpty { body(rows, columns, thread) }
    }
  }
}
