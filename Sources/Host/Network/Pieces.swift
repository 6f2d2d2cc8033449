internal import NIOCore

extension ByteBuffer {
  /// Puts a piece of what is to be sent behind the others.
  ///
  /// There are two or more for each answer, and `writeBytes` looks at the room more than once.
  mutating func append(_ piece: UnsafeRawBufferPointer) {
    if writableBytes < piece.count { reserveCapacity(minimumWritableBytes: piece.count) }
    withUnsafeMutableWritableBytes { $0.copyMemory(from: piece) }
    moveWriterIndex(forwardBy: piece.count)
  }
}
