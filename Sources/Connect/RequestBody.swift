/// Why the body of a request cannot be read.
package struct BodyFault: Error, Sendable, Hashable {
  /// The code of the error.
  package let code: Code
  /// The reason, UPPER_SNAKE.
  package let reason: String
  /// What is wrong, in Chinese.
  package let messageZh: String
  /// What is wrong, in English.
  package let messageEn: String

  fileprivate static let tooLarge = "TOO_LARGE"

  /// Whether the message is longer than it may be.
  package var isTooLarge: Bool { reason == Self.tooLarge }
}

/// The message in a request's body: decompressed, and taken out of its envelope.
///
/// - Source: Connect protocol, "Unary-Request" and "Streaming-Request".
package enum RequestBody {
  /// Returns the bytes of the one message that a body carries.
  ///
  /// - Parameters:
  ///   - body: The body as it came.
  ///   - encoding: `content-encoding`, or `connect-content-encoding` for a stream.
  ///   - isEnveloped: Whether the body is that of a streaming call.
  ///   - limit: The longest message after decompression, in bytes.
  /// - Returns: The message's bytes.
  /// - Throws: ``BodyFault``.
  package static func read(
    _ body: [UInt8],
    encoding: String?,
    isEnveloped: Bool,
    limit: Int
  ) throws(BodyFault) -> [UInt8] {
    guard let coding = ContentCoding(header: encoding.map { Array($0.utf8) }) else {
      throw unknownCoding(encoding ?? "")
    }
    guard isEnveloped else { return try decode(body, coding, limit: limit) }
    let envelope = try single(body, limit: limit)
    guard envelope.flags.contains(.compressed) else {
      return try decode(envelope.payload, .identity, limit: limit)
    }
    guard coding != .identity else {
      throw BodyFault(
        code: .internalError,
        reason: "UNANNOUNCED_COMPRESSION",
        messageZh: "消息标记为压缩，但未声明压缩方式",
        messageEn: "The message is marked as compressed but no coding was announced"
      )
    }
    return try decode(envelope.payload, coding, limit: limit)
  }

  private static func single(_ body: [UInt8], limit: Int) throws(BodyFault) -> Envelope {
    var reader = EnvelopeReader(limit: limit)
    reader.append(body)
    let first: Envelope?
    do throws(EnvelopeReader.TooLarge) {
      first = try reader.next()
    } catch {
      throw tooLarge(limit)
    }
    guard let first, reader.isAtBoundary else {
      throw BodyFault(
        code: .unimplemented,
        reason: "ENVELOPES",
        messageZh: "流式调用的请求须恰好包含一个消息",
        messageEn: "The request of a streaming call has exactly one message"
      )
    }
    // The end of a stream is for answers to say.
    guard first.flags.subtracting(.compressed).isEmpty else {
      throw BodyFault(
        code: .invalidArgument,
        reason: "ENVELOPES",
        messageZh: "请求消息的标志位无效",
        messageEn: "The flags of the message are none that a request has"
      )
    }
    return first
  }

  private static func decode(
    _ bytes: [UInt8],
    _ coding: ContentCoding,
    limit: Int
  ) throws(BodyFault) -> [UInt8] {
    guard bytes.count <= limit else { throw tooLarge(limit) }
    switch coding {
    case .identity: return bytes
    case .gzip:
      do throws(Gzip.Failure) {
        return try Gzip.decompress(bytes, limit: limit)
      } catch {
        if case .tooLarge = error { throw tooLarge(limit) }
        throw BodyFault(
          code: .invalidArgument,
          reason: "BAD_COMPRESSION",
          messageZh: "压缩数据损坏",
          messageEn: "The compressed data are damaged"
        )
      }
    }
  }

  private static func tooLarge(_ limit: Int) -> BodyFault {
    BodyFault(
      code: .resourceExhausted,
      reason: BodyFault.tooLarge,
      messageZh: "消息超过 \(limit) 字节",
      messageEn: "The message is larger than \(limit) bytes"
    )
  }

  private static func unknownCoding(_ name: String) -> BodyFault {
    BodyFault(
      code: .unimplemented,
      reason: "UNKNOWN_CODING",
      messageZh: "不支持的压缩方式，支持：\(ContentCoding.supported)",
      messageEn: "unknown compression \(name): supported encodings are \(ContentCoding.supported)"
    )
  }
}
