import HTTP2
import Host
import Service
import Testing

@Suite(.timeLimit(.minutes(1)))
struct TimeoutTests {
  private static let preface = #"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"#
  private static let emptySettings = #"\x00\x00\x00\x04\x00\x00\x00\x00\x00"#

  /// Sends bytes as `printf` knows them and returns what came back once the server closed.
  private func send(_ text: String, to server: Server) async throws -> String {
    let script = """
      exec 3<>/dev/tcp/127.0.0.1/\(server.port); printf '\(text)' >&3
      timeout 10 cat <&3 | tr -d '\\000'
      test ${PIPESTATUS[0]} = 124 && echo still open
      """
    return try await run("bash", ["-c", script])
  }

  @Test(arguments: ["", "PRI * HT", "GET / HT", "GET / HTTP/1.1\\r\\nhost: a\\r\\n", preface])
  func `closes a connection whose head does not come`(start: String) async throws {
    try await Scene.play { scene in
      var limits = ServerLimits.edge
      limits.headerTimeout = .milliseconds(100)
      let server = try await scene.serve(Served.echo, limits: limits)
      #expect(try await !send(start, to: server).contains("still open"))
    }
  }

  @Test
  func `closes a connection that does not acknowledge the settings`() async throws {
    try await Scene.play { scene in
      var limits = ServerLimits.edge
      limits.settingsTimeout = .milliseconds(100)
      let server = try await scene.serve(Served.echo, limits: limits)
      let text = try await send(Self.preface + Self.emptySettings, to: server)
      #expect(!text.contains("still open"))
    }
  }

  @Test
  func `closes a connection that nobody uses`() async throws {
    try await Scene.play { scene in
      var limits = ServerLimits.edge
      limits.idleTimeout = .seconds(4)
      let server = try await scene.serve(Served.echo, limits: limits)
      let client = try await scene.connect(server)
      #expect(try await client.send(post("/")).status == 200)
      let clock = ContinuousClock()
      let end = clock.now.advanced(by: .seconds(20))
      while await client.isOpen {
        try #require(clock.now < end)
        try await Task.sleep(for: .milliseconds(1))
      }
      let kept = "GET / HTTP/1.1\\r\\nhost: a\\r\\n\\r\\n"
      #expect(try await send(kept, to: server).contains("200 OK"))
    }
  }

  @Test
  func `refuses a body that comes too slowly, at a door too`() async throws {
    try await Scene.play { scene in
      var limits = ServerLimits.edge
      limits.bodyGrace = .milliseconds(100)
      let upstream = try await scene.serve(Served.echo, limits: limits)
      let ports = ["echo": upstream.port]
      let door = try await scene.serve(Decided.open, limits: limits, upstreams: ports)
      let slow = "POST / HTTP/1.1\\r\\nhost: a\\r\\ncontent-length: 1000\\r\\n\\r\\nx"
      for server in [upstream, door] {
        let text = try await send(slow, to: server)
        #expect(text.contains("408"))
        #expect(!text.contains("still open"))
      }
    }
  }
}
