internal import Glibc

/// Writes to the two standard streams.
enum Output {
  /// Whether a person reads standard output.
  static var isTerminal: Bool { isatty(STDOUT_FILENO) == 1 }

  /// Writes a line to standard output at once, so that a pipe's reader sees it.
  static func line(_ text: String) {
    write(Array((text + "\n").utf8), to: STDOUT_FILENO)
  }

  /// Writes bytes and a line feed to standard output at once.
  static func line(_ bytes: [UInt8]) {
    write(bytes + [0x0A], to: STDOUT_FILENO)
  }

  /// Writes a text over the line of standard error in which another of a width stood.
  static func over(_ text: String, width: Int) {
    let rest = String(repeating: " ", count: max(0, width - text.count))
    write(Array("\r\(text)\(rest)\r\(text)".utf8), to: STDERR_FILENO)
  }

  /// Writes a line to standard error.
  static func error(_ text: String) {
    write(Array("onedoor: \(text)\n".utf8), to: STDERR_FILENO)
  }

  /// Writes a table with aligned columns; characters of East Asia count double.
  static func table(_ rows: [[String]]) {
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
      line(text)
    }
  }

  private static func width(_ text: String) -> Int {
    text.unicodeScalars.reduce(0) { $0 + ($1.value >= 0x2E80 ? 2 : 1) }
  }

  private static func write(_ bytes: [UInt8], to descriptor: Int32) {
    bytes.withUnsafeBytes { bytes in
      var rest = bytes[...]
      while !rest.isEmpty {
        let slice = UnsafeRawBufferPointer(rebasing: rest)
        let written = Glibc.write(descriptor, slice.baseAddress, slice.count)
        guard written > 0 else { return }
        rest = rest.dropFirst(written)
      }
    }
  }
}
