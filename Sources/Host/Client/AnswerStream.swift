package import Connect
package import HTTP2
internal import Synchronization

/// The messages of a streamed answer, as bytes in the client's codec.
///
/// The server is held back while nobody reads, and the call is broken off when the last copy of
/// the stream is dropped before its end. One task at a time reads.
package final class AnswerStream: Sendable {
  private struct State {
    var reader: EnvelopeReader
    var isOver = false
    var trailers: [EndOfStream.Metadata] = []
  }

  /// The head of the answer.
  package let headers: HeaderList
  /// The metadata of the end; empty before.
  package var trailers: [EndOfStream.Metadata] { state.withLock { $0.trailers } }

  private let stream: ClientStream
  private let coding: ContentCoding
  private let limit: Int
  private let state: Mutex<State>

  /// Looks at the head of an answer.
  ///
  /// - Throws: ``CallFailure`` if it is not that of a stream in the client's codec.
  init(_ stream: ClientStream, _ settings: ClientSettings) throws(CallFailure) {
    self.stream = stream
    headers = stream.fields
    limit = settings.messageLimit
    state = Mutex(State(reader: EnvelopeReader(limit: settings.messageLimit)))
    guard stream.status == 200 else { throw CallAnswer.failure(stream.status, [], stream.fields) }
    let type = ContentType(header: stream.fields.value(of: "content-type") ?? [])
    guard type == ContentType(settings.codec, isStreaming: true) else {
      let name = stream.fields.string(of: "content-type") ?? "none"
      throw CallFailure(
        type?.isStreaming == true ? .internalError : .unknown,
        "The answer has the content type \(name)",
        headers: stream.fields
      )
    }
    coding = try CallAnswer.coding(
      stream.fields.value(of: "connect-content-encoding"),
      stream.fields
    )
  }

  /// Waits for the next message; nil at the end of a stream that succeeded.
  ///
  /// - Throws: ``CallFailure``; `CancellationError` if the task was cancelled.
  package func next() async throws -> [UInt8]? {
    guard !state.withLock({ $0.isOver }) else { return nil }
    do {
      while true {
        if let envelope = try take() { return try open(envelope) }
        guard let piece = try await CallFailure.translating({ try await stream.next() }) else {
          throw CallFailure(.internalError, "The stream has no end", headers: headers)
        }
        state.withLock { $0.reader.append(piece) }
      }
    } catch {
      state.withLock { $0.isOver = true }
      stream.cancel()
      throw error
    }
  }

  private func take() throws(CallFailure) -> Envelope? {
    do throws(EnvelopeReader.TooLarge) {
      return try state.withLock { state throws(EnvelopeReader.TooLarge) in
        try state.reader.next()
      }
    } catch {
      throw CallAnswer.tooLong(limit, headers)
    }
  }

  private func open(_ envelope: Envelope) throws(CallFailure) -> [UInt8]? {
    var payload = envelope.payload
    if envelope.flags.contains(.compressed) {
      guard coding != .identity else {
        throw CallFailure(
          .internalError,
          "A message is compressed but no coding was announced",
          headers: headers
        )
      }
      payload = try CallAnswer.unpacked(payload, coding, limit, headers)
    }
    guard envelope.flags.contains(.endOfStream) else { return payload }
    state.withLock { $0.isOver = true }
    guard let end = EndOfStream(payload) else {
      throw CallFailure(.internalError, "The end of the stream is no JSON", headers: headers)
    }
    state.withLock { $0.trailers = end.metadata }
    guard let error = end.error else { return nil }
    throw CallFailure(error, headers: headers, trailers: end.metadata)
  }
}
