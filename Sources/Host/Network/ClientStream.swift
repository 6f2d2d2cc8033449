package import HTTP2
internal import NIOCore

/// An answer whose body is read piece by piece.
///
/// The server is held back while nobody reads. When the last copy is dropped before the end the
/// call is broken off. One task at a time reads.
package struct ClientStream: AsyncSequence, Sendable {
  /// A piece of the body, as it arrived.
  package typealias Element = [UInt8]

  /// The one holder of the call.
  final class Handle: Sendable {
    let call: NIOLoopBound<ClientCall>

    init(call: NIOLoopBound<ClientCall>) {
      self.call = call
    }

    deinit {
      cancel()
    }

    func cancel() {
      let call = call
      call.eventLoop.execute { call.value.cancel() }
    }

    func head() async throws -> HeaderList {
      let call = call
      return try await wait { call.value.whenAnswered($0) }
    }

    func next() async throws -> [UInt8]? {
      let call = call
      return try await wait { call.value.whenReceived($0) }
    }

    private func wait<Value: Sendable>(
      _ body: @escaping @Sendable (CheckedContinuation<Value, any Error>) -> Void
    ) async throws -> Value {
      let call = call
      return try await withTaskCancellationHandler {
        try await withCheckedThrowingContinuation { continuation in
          call.eventLoop.execute { body(continuation) }
        }
      } onCancel: {
        call.eventLoop.execute { call.value.cancel() }
      }
    }
  }

  private let handle: Handle
  /// The head with `:status`.
  package let fields: HeaderList

  init(handle: Handle, fields: HeaderList) {
    self.handle = handle
    self.fields = fields
  }

  /// The HTTP status.
  package var status: Int { fields.status ?? 0 }

  /// Waits for the next piece; nil at the end.
  ///
  /// - Throws: ``ClientError``; `CancellationError` if the task was cancelled.
  package func next() async throws -> [UInt8]? {
    try await handle.next()
  }

  /// Breaks the call off.
  package func cancel() {
    handle.cancel()
  }

  /// What a `for` loop reads from.
  package struct AsyncIterator: AsyncIteratorProtocol {
    fileprivate let stream: ClientStream

    /// Waits for the next piece; nil at the end.
    package mutating func next() async throws -> [UInt8]? {
      try await stream.next()
    }
  }

  /// Begins to read where the last reader stopped.
  package func makeAsyncIterator() -> AsyncIterator {
    AsyncIterator(stream: self)
  }
}
