package import HTTP2
internal import NIOCore

/// A connection over which our own code calls a server that speaks HTTP/2.
///
/// Many calls share it. Streams that stay open for long are better made over a second connection,
/// so that unary calls do not wait behind their data. When it is closed a new one must be made;
/// when, and how often, is the caller's decision.
package final class ClientConnection: Sendable {
  private let link: NIOLoopBound<ClientLink>

  private init(link: NIOLoopBound<ClientLink>) {
    self.link = link
  }

  /// Makes a connection.
  ///
  /// - Parameters:
  ///   - address: The server.
  ///   - loops: The loops of which one serves the connection.
  ///   - limits: What the server may do.
  ///   - timeout: How long it may take.
  ///   - secured: The TLS of the connection; nil for plaintext.
  /// - Returns: The open connection.
  /// - Throws: ``ClientError/notReachable``.
  package static func connect(
    to address: Address,
    on loops: Loops,
    limits: Limits = .inner,
    timeout: Duration = .seconds(5),
    secured: Secured? = nil
  ) async throws -> ClientConnection {
    let loop = loops.group.next()
    let connecting = loop.flatSubmit {
      ClientLink.connect(
        to: address,
        loop: loop,
        turn: Turn(loop: loop),
        limits: limits,
        timeout: timeout,
        secured: secured
      )
    }
    do {
      return ClientConnection(link: try await connecting.get())
    } catch {
      throw ClientError.notReachable
    }
  }

  /// Makes a call and waits for the whole answer.
  ///
  /// - Parameters:
  ///   - head: The head with its pseudo-headers.
  ///   - body: The whole body.
  ///   - deadline: How long the answer may take; nil is for ever.
  ///   - answerLimit: The longest answer, in bytes.
  /// - Returns: The answer, whatever its status.
  /// - Throws: ``ClientError``; `CancellationError` if the task was cancelled.
  package func send(
    _ head: HeaderList,
    body: [UInt8] = [],
    deadline: Duration? = nil,
    answerLimit: Int = 64 << 20
  ) async throws -> ClientAnswer {
    let stream = try await open(head, body: body, deadline: deadline)
    var whole: [UInt8] = []
    while let piece = try await stream.next() {
      if whole.isEmpty { whole = piece } else { whole += piece }
      guard whole.count <= answerLimit else {
        stream.cancel()
        throw ClientError.tooLong
      }
    }
    return ClientAnswer(status: stream.status, fields: stream.fields, body: whole)
  }

  /// Makes a call and waits for the head of the answer; the body is read from what is returned.
  ///
  /// - Parameters:
  ///   - head: The head with its pseudo-headers.
  ///   - body: The whole body.
  ///   - deadline: How long the whole answer may take; nil is for ever.
  /// - Returns: The head of the answer, and its body to be read.
  /// - Throws: ``ClientError``; `CancellationError` if the task was cancelled.
  package func open(
    _ head: HeaderList,
    body: [UInt8] = [],
    deadline: Duration? = nil
  ) async throws -> ClientStream {
    let loop = link.eventLoop
    let link = link
    let call = try await loop.submit {
      let call = ClientCall(link: link.value, loop: loop)
      call.start(head, body: body, deadline: deadline)
      return NIOLoopBound(call, eventLoop: loop)
    }.get()
    // From here on the call is cancelled when nobody holds the stream any more.
    let stream = ClientStream.Handle(call: call)
    let answer = try await stream.head()
    return ClientStream(handle: stream, fields: answer)
  }

  /// Whether calls can be made.
  package var isOpen: Bool {
    get async {
      let link = link
      // A loop that has stopped has no open connection.
      return (try? await link.eventLoop.submit { link.value.takesCalls }.get()) ?? false
    }
  }

  /// Closes the connection; calls that are open fail.
  package func close() async {
    let link = link
    // A loop that has stopped has closed its connections.
    try? await link.eventLoop.submit { link.value.close() }.get()
  }

  /// Makes no more calls and closes once those that are open are over.
  package func wind() {
    let link = link
    link.eventLoop.execute { link.value.goAway() }
  }
}

/// The whole answer to a call of our own.
package struct ClientAnswer: Sendable, Hashable {
  /// The HTTP status.
  package var status: Int
  /// The head with `:status`.
  package var fields: HeaderList
  /// The body.
  package var body: [UInt8]
}
