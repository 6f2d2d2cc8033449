internal import Glibc

/// Takes whole lines from any thread.
package struct LineSink: Sendable {
  /// Takes one line, which ends with a line feed.
  package let write: @Sendable ([UInt8]) -> Void

  package init(write: @escaping @Sendable ([UInt8]) -> Void) {
    self.write = write
  }

  /// Standard output; a line is one `write`, so the lines of two threads do not mix.
  package static let standardOutput = Self { line in append(line, to: STDOUT_FILENO) }

  /// A file, to which lines are appended; it is made if it is missing.
  package static func file(_ path: String) -> Self {
    Self { line in
      let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
      guard descriptor >= 0 else { return }
      defer { close(descriptor) }
      append(line, to: descriptor)
    }
  }

  private static func append(_ line: [UInt8], to descriptor: Int32) {
    line.withUnsafeBytes { bytes in
      var rest = bytes[...]
      while !rest.isEmpty {
        let slice = UnsafeRawBufferPointer(rebasing: rest)
        let written = Glibc.write(descriptor, slice.baseAddress, slice.count)
        // A log that nobody takes must not stop the service.
        guard written > 0 else { return }
        rest = rest.dropFirst(written)
      }
    }
  }
}
