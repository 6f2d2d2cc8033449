internal import CZlib

/// The gzip coding of message bodies.
///
/// - Source: RFC 1952.
package enum Gzip {
  /// Why bytes could not be decompressed.
  package enum Failure: Error, Sendable, Hashable {
    /// They are not whole gzip data.
    case malformed
    /// They would become longer than the limit, in bytes.
    case tooLarge(limit: Int)
  }

  /// The window of 32 KiB, and a gzip header and trailer instead of zlib's.
  private static let windowBits: Int32 = 15 + 16

  /// How much is decompressed at once, in bytes.
  private static let step = 16 << 10

  /// Undoes the compression of a body.
  ///
  /// - Parameters:
  ///   - bytes: One or more gzip members.
  ///   - limit: The longest original that is made, in bytes.
  /// - Returns: The original; an empty body is its own.
  /// - Throws: ``Failure``, before more than the limit and one step is held.
  package static func decompress(_ bytes: [UInt8], limit: Int) throws(Failure) -> [UInt8] {
    guard !bytes.isEmpty else { return [] }
    var stream = z_stream()
    let size = Int32(MemoryLayout<z_stream>.size)
    let code = inflateInit2_(&stream, windowBits, ZLIB_VERSION, size)
    precondition(code == Z_OK, "zlib has no memory.")
    defer { inflateEnd(&stream) }
    var original: [UInt8] = []
    var failure: Failure?
    bytes.withUnsafeBufferPointer { input in
      // zlib declares its input mutable and does not change it.
      stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
      stream.avail_in = UInt32(input.count)
      failure = inflateAll(&stream, into: &original, limit: limit)
    }
    if let failure { throw failure }
    return original
  }

  private static func inflateAll(
    _ stream: inout z_stream,
    into original: inout [UInt8],
    limit: Int
  ) -> Failure? {
    while true {
      let room = min(step, limit - original.count + 1)
      var code = Z_OK
      let piece = [UInt8](unsafeUninitializedCapacity: room) { target, count in
        stream.next_out = target.baseAddress
        stream.avail_out = UInt32(room)
        code = inflate(&stream, Z_NO_FLUSH)
        count = room - Int(stream.avail_out)
      }
      original.append(contentsOf: piece)
      guard original.count <= limit else { return .tooLarge(limit: limit) }
      switch code {
      case Z_OK: continue
      case Z_STREAM_END where stream.avail_in == 0: return nil
      // Another member follows (RFC 1952, 2.2).
      case Z_STREAM_END: inflateReset(&stream)
      default: return .malformed
      }
    }
  }

  /// How much work is put into compressing.
  package enum Effort: Sendable, Hashable {
    /// As little as can be: on event loops speed counts for more than the last tenth of the size.
    case least
    /// As much as gzip does by itself.
    case usual

    fileprivate var level: Int32 { self == .least ? Z_BEST_SPEED : Z_DEFAULT_COMPRESSION }
  }

  /// Returns the bytes as one gzip member without a name and a time.
  package static func compress(_ bytes: [UInt8], effort: Effort = .usual) -> [UInt8] {
    var stream = z_stream()
    let code = deflateInit2_(
      &stream,
      effort.level,
      Z_DEFLATED,
      windowBits,
      8,
      Z_DEFAULT_STRATEGY,
      ZLIB_VERSION,
      Int32(MemoryLayout<z_stream>.size)
    )
    precondition(code == Z_OK, "zlib has no memory.")
    defer { deflateEnd(&stream) }
    let bound = Int(deflateBound(&stream, UInt(bytes.count)))
    return [UInt8](unsafeUninitializedCapacity: bound) { target, count in
      bytes.withUnsafeBufferPointer { input in
        stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
        stream.avail_in = UInt32(input.count)
        stream.next_out = target.baseAddress
        stream.avail_out = UInt32(bound)
        let code = deflate(&stream, Z_FINISH)
        precondition(code == Z_STREAM_END, "deflateBound leaves room for all.")
      }
      count = bound - Int(stream.avail_out)
    }
  }
}
