internal import HTTP2
internal import TestSupport

/// A client's bytes behind the preface, given to a server's session.
///
/// However they are cut, the events must be the same; and an owner that answers everything must
/// only ever send whole frames, and find its streams closed in the end.
struct ServerTarget: FuzzTarget {
  let name = "server"

  private static let reply: HeaderList = {
    var head = HeaderList(status: 200)
    head.append("content-type", "application/proto")
    return head
  }()

  var seeds: [[UInt8]] {
    let settings = FrameMutation.frame(4, 0, 0, [])
    let acknowledgement = FrameMutation.frame(4, 1, 0, [])
    let head = FrameMutation.frame(1, 4, 1, FrameMutation.post)
    let whole = FrameMutation.frame(1, 5, 3, FrameMutation.post)
    let body = FrameMutation.frame(0, 1, 1, [1, 2, 3])
    let streamed = FrameMutation.post.map { $0 == 0x84 ? 0x85 : $0 }
    return [
      settings + acknowledgement + head + body + whole,
      settings + FrameMutation.frame(1, 4, 1, streamed) + body
        + FrameMutation.frame(6, 0, 0, Array(repeating: 7, count: 8)),
      head + FrameMutation.frame(3, 0, 1, [0, 0, 0, 8])
        + FrameMutation.frame(8, 0, 0, [0, 0, 1, 0]),
      head + body.dropLast(2) + FrameMutation.frame(7, 0, 0, Array(repeating: 0, count: 8)),
    ]
  }

  func mutate(_ input: inout [UInt8], by generator: inout SeededGenerator) {
    FrameMutation.change(&input, from: 0, by: &generator)
  }

  func check(_ input: UnsafeRawBufferPointer) -> Bool {
    SessionChecks.compare(
      heard { take in _ = take(input) },
      heard { take in SessionChecks.pieces(of: input, take) }
    )
    answer(input)
    return true
  }

  private func session() -> ServerSession {
    ServerSession(limits: SessionChecks.limits) { head in
      head.has(":path", "/") ? .collected(limit: SessionChecks.bodyLimit) : .streamed
    }
  }

  /// The events of a session that only listens.
  private func heard(
    _ give: ((UnsafeRawBufferPointer) -> Bool) -> Void
  ) -> SessionChecks.Heard {
    var server = session()
    var events: [SessionEvent] = []
    var failure: SessionError?
    FrameMutation.preface.withUnsafeBytes { _ = try? server.receive($0) }
    give { piece in
      do throws(SessionError) {
        try server.receive(piece)
      } catch {
        failure = error
      }
      while let event = server.nextEvent() {
        SessionChecks.check(event)
        events.append(event)
      }
      return server.wantsRead
    }
    return (events, failure, server.wantsRead)
  }

  /// Answers all that comes, in several ways, and gives the sent bytes a look.
  private func answer(_ input: UnsafeRawBufferPointer) {
    var server = session()
    var sent: [UInt8] = []
    FrameMutation.preface.withUnsafeBytes { _ = try? server.receive($0) }
    SessionChecks.pieces(of: input) { piece in
      do throws(SessionError) {
        try server.receive(piece)
        react(&server)
        try server.send {
          sent += $0
          return true
        }
        react(&server)
        return server.wantsRead
      } catch {
        require(!server.wantsRead, "a failed session wants to read")
        return false
      }
    }
    let isAlive = server.wantsRead
    for stream in server.openStreams { server.reset(stream, .cancel) }
    server.goAway()
    _ = try? server.send {
      sent += $0
      return true
    }
    while server.nextEvent() != nil {}
    // A session that was terminated sends its GOAWAY and nothing else.
    require(server.openStreams.isEmpty || !isAlive, "streams stay open after their reset")
    SessionChecks.checkFrames(sent)
  }

  private func react(_ server: inout ServerSession) {
    while let event = server.nextEvent() {
      switch event {
      case .message(let stream, _, let body):
        server.respond(stream, Self.reply, body: body + [1])
      case .head(let stream, _, _):
        server.respond(stream, Self.reply)
        server.write(stream, Array(repeating: 1, count: 1_500))
      case .data(let stream, let bytes):
        server.consume(stream, bytes.count)
        server.write(stream, bytes)
      case .end(let stream), .trailers(let stream, _):
        server.finish(stream, trailers: stream % 4 == 1 ? Self.reply : nil)
      case .tooLarge(let stream, _), .headersTooLarge(let stream):
        server.respond(stream, HeaderList(status: 431), body: [])
      case .writable(let stream): server.write(stream, [2])
      case .closed(let stream, _): server.reset(stream, .cancel)
      case .goAway, .settings, .settingsAcknowledged, .pingAcknowledged: break
      }
    }
  }

  func allowance(for count: Int) -> Int { (4 << 20) + 600 * count }
}
