internal import HTTP2
internal import Host
internal import NIOCore
internal import NIOEmbedded
internal import Service
internal import Testing

/// Requests of HTTP/1.1 that end the connection, and answers that end otherwise than by chunks.
@Suite struct FramingTests {
  /// A connection without a socket, served by a door.
  final class Line {
    private let loop = EmbeddedEventLoop()
    let channel: EmbeddedChannel

    init(_ endpoint: any Endpoint = Served.echo) throws {
      channel = EmbeddedChannel(handler: nil, loop: loop)
      try ChannelServer(endpoint, limits: .edge, on: loop).serve(channel)
      channel.connect(to: try SocketAddress(unixDomainSocketPath: "line"), promise: nil)
    }

    /// Sends lines with their ends, and returns what was answered.
    func send(_ text: String) throws -> String {
      channel.pipeline.fireChannelRead(
        ByteBuffer(string: text.replacing("\n", with: "\r\n"))
      )
      channel.pipeline.fireChannelReadComplete()
      // A connection whose turn was over goes on a little later.
      loop.advanceTime(by: .milliseconds(100))
      var answer = ""
      while case .byteBuffer(let buffer)? = try channel.readOutbound(as: IOData.self) {
        answer += String(buffer: buffer)
      }
      return answer
    }

    func end() {
      loop.advanceTime(by: .seconds(2))
      if channel.isActive { channel.close(promise: nil) }
      loop.run()
    }
  }

  private static let next = "GET /next HTTP/1.1\nhost: a\n\n"

  /// RFC 9112, 6.1 and 6.3, and 3.2.
  @Test(arguments: [
    "POST /x HTTP/1.1\nhost: a\ntransfer-encoding:\ncontent-length: 2\n\n{}",
    "POST /x HTTP/1.1\nhost: a\ntransfer-encoding: identity\ncontent-length: 2\n\n{}",
    "POST /x HTTP/1.1\nhost: a\ntransfer-encoding: gzip, chunked\n\n2\n{}\n0\n\n",
    "POST /x HTTP/1.0\nhost: a\nconnection: keep-alive\ntransfer-encoding: chunked\n\n0\n\n",
    "CONNECT a:1 HTTP/1.1\nhost: a\ncontent-length: 2\n\n{}",
    "GET /x HTTP/1.1\n\n", "GET /x HTTP/1.1\nhost: a\nhost: b\n\n",
    "GET /x HTTP/1.1\nhost: a\nhost: b\nx: \(String(repeating: "a", count: 20_000))\n\n",
  ])
  func `nothing is read behind a request that could be read in two ways`(
    _ request: String
  ) throws {
    let line = try Line()
    defer { line.end() }
    let answer = try line.send(request + Self.next)
    #expect(answer.hasPrefix("HTTP/1.1 400 "))
    #expect(answer.contains("connection: close"))
    #expect(!answer.contains("x-path"))
  }

  @Test(arguments: ["connection: upgrade\nupgrade: h2c\n", "upgrade: websocket\n"])
  func `an upgrade is passed over, and the connection ends`(_ fields: String) throws {
    let line = try Line()
    defer { line.end() }
    let answer = try line.send("GET /x HTTP/1.1\nhost: a\n\(fields)\n\(Self.next)")
    #expect(answer.hasPrefix("HTTP/1.1 200 "))
    #expect(answer.contains("connection: close"))
    #expect(!answer.contains("/next"))
  }

  /// RFC 9112, 5.1.
  @Test func `blanks behind a value are not part of it`() throws {
    let line = try Line()
    defer { line.end() }
    let answer = try line.send("GET /x HTTP/1.1\nhost: a \t\nx-one: 1 \n\n")
    #expect(answer.hasPrefix("HTTP/1.1 200 "))
    #expect(answer.contains("x-one: 1\r\n"))
  }

  /// An interim answer in the midst of another one would end the process.
  @Test func `who waits to go on is not told so behind an answer`() throws {
    let door = Decided { _ in .answer(Answer(status: 404)) }
    let line = try Line(door)
    defer { line.end() }
    line.channel.isWritable = false
    let answer = try line.send("GET /x HTTP/1.1\nhost: a\nexpect: 100-continue\n\n")
    #expect(answer.hasPrefix("HTTP/1.1 404 "))
    #expect(!answer.contains("100"))
  }

  /// RFC 9110, 9.3.2; RFC 9112, 6.1.
  @Test(arguments: ["HEAD /x HTTP/1.1\nhost: a\n\n", "GET /x HTTP/1.0\nhost: a\n\n"])
  func `an answer in pieces has no chunks for whom they mean nothing`(_ request: String) throws {
    let streamed = Served { _, reply in
      reply.begin(status: 200, fields: [])
      reply.write([0x61])
      reply.finish()
    }
    let line = try Line(streamed)
    defer { line.end() }
    let answer = try line.send(request)
    #expect(!answer.contains("chunked"))
    #expect(answer.hasSuffix(request.hasPrefix("HEAD") ? "\r\n\r\n" : "\r\n\r\na"))
    #expect(!line.channel.isActive)
  }

  /// RFC 9112, 9.6.
  @Test(arguments: [
    "GET /x HTTP/1.1\nhost: a\nconnection: close\n\n",
    "GET /x HTTP/1.0\nhost: a\nconnection: keep-alive, close\n\n",
  ])
  func `what follows the last request is not answered`(_ last: String) throws {
    let line = try Line()
    defer { line.end() }
    let answer = try line.send(last + "nonsense\n\n" + Self.next)
    #expect(answer.hasPrefix("HTTP/1.1 200 "))
    #expect(!answer.contains("400"))
    #expect(!answer.contains("/next"))
  }
}
