internal import Glibc

/// Writes to the two standard streams.
///
/// What a command prints is its work: a line that could not be written ends it, before it says
/// anywhere that the line was dealt with. What goes to standard error is lost if nobody takes it.
enum Output {
  /// Whether a person reads standard output.
  static var isTerminal: Bool { isatty(STDOUT_FILENO) == 1 }

  /// Writes a line to standard output at once, so that a pipe's reader sees it.
  ///
  /// - Throws: ``Failure``: `readerGone` if nobody reads any more, otherwise `output`.
  static func line(_ text: String) throws {
    try write(Array((text + "\n").utf8), to: STDOUT_FILENO)
  }

  /// Writes bytes and a line feed to standard output at once.
  ///
  /// - Throws: ``Failure``, as for a text.
  static func line(_ bytes: [UInt8]) throws {
    try write(bytes + [0x0A], to: STDOUT_FILENO)
  }

  /// Does work, and says what there is to say when all of it is done or one part has failed.
  ///
  /// A line that cannot be written ends a command, which must not be between two parts of its work.
  ///
  /// - Parameter work: The work, which is handed the lines, to which it adds.
  /// - Throws: What the work threw, else ``Failure``, as for a line.
  static func after(_ work: (inout [String]) async throws -> Void) async throws {
    var lines: [String] = []
    do {
      try await work(&lines)
    } catch {
      // The failure of the work is what must be known.
      try? write(Array(lines.map { $0 + "\n" }.joined().utf8), to: STDOUT_FILENO)
      throw error
    }
    try write(Array(lines.map { $0 + "\n" }.joined().utf8), to: STDOUT_FILENO)
  }

  /// Writes a text over the line of standard error in which another of a width stood.
  static func over(_ text: String, width: Int) {
    let rest = String(repeating: " ", count: max(0, width - text.count))
    try? write(Array("\r\(text)\(rest)\r\(text)".utf8), to: STDERR_FILENO)
  }

  /// Writes a line to standard error.
  static func error(_ text: String) {
    try? write(Array("onedoor: \(text)\n".utf8), to: STDERR_FILENO)
  }

  /// Writes a table with aligned columns; characters of East Asia count double.
  ///
  /// - Throws: ``Failure``, as for a line.
  static func table(_ rows: [[String]]) throws {
    let count = rows.map(\.count).max() ?? 0
    let widths = (0..<count).map { column in
      rows.map { $0.indices.contains(column) ? width($0[column]) : 0 }.max() ?? 0
    }
    for row in rows {
      var text = ""
      for (column, cell) in row.enumerated() {
        let isLast = column == row.count - 1
        text += cell
        if !isLast { text += String(repeating: " ", count: widths[column] - width(cell) + 2) }
      }
      try line(text)
    }
  }

  private static func width(_ text: String) -> Int {
    text.unicodeScalars.reduce(0) { $0 + ($1.value >= 0x2E80 ? 2 : 1) }
  }

  private static func write(_ bytes: [UInt8], to descriptor: Int32) throws {
    try bytes.withUnsafeBytes { bytes in
      var rest = bytes[...]
      while !rest.isEmpty {
        let slice = UnsafeRawBufferPointer(rebasing: rest)
        let written = Glibc.write(descriptor, slice.baseAddress, slice.count)
        if written > 0 {
          rest = rest.dropFirst(written)
        } else {
          try mend(written == 0 ? EIO : errno, descriptor)
        }
      }
    }
  }

  /// Returns if a write that failed is to be tried again.
  private static func mend(_ error: Int32, _ descriptor: Int32) throws {
    switch error {
    case EINTR: return
    case EAGAIN:
      // Somebody who shares the stream does not want to wait; this program does.
      var place = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
      poll(&place, 1, -1)
    case EPIPE: throw Failure(.readerGone, "nobody reads the output")
    default: throw Failure(.output, "the output: \(String(cString: strerror(error)))")
    }
  }
}
