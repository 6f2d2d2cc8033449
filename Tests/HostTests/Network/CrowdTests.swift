import HTTP2
import NIOCore
import Testing

@testable import Host

@Suite(.timeLimit(.minutes(1)))
struct CrowdTests {
  @Test
  func `counts in all and by source, and says who is too many`() {
    var limits = ServerLimits.edge
    limits.connections = 3
    limits.connectionsPerSource = 2
    let count = ConnectionCount(limits)
    #expect(count.enter("a") == .welcome)
    #expect(count.enter("a") == .welcome)
    #expect(count.enter("a") == .greedy)
    #expect(count.enter("b") == .welcome)
    #expect(count.enter("c") == .crowded)
    count.leave("c")
    count.leave("a")
    #expect(count.enter("a") == .welcome)
    #expect(count.enter("a") == .greedy)
    // There is room for one that is about to leave, once.
    #expect(count.enter("d") == .crowded && count.isCrowded)
    count.expect(leaving: 1)
    #expect(!count.isCrowded)
    count.leave("a")
    #expect(!count.isCrowded)
    #expect(count.enter("e") == .crowded)
  }

  @Test
  func `takes no more than there is, and gives back`() {
    let account = MemoryAccount(limit: 10)
    #expect(account.take(10, for: "a"))
    #expect(!account.take(1, for: "a"))
    account.give(4, for: "a")
    #expect(account.take(4, for: "a"))
    #expect(!account.take(1, for: "a"))
  }

  @Test
  func `one source takes no more than its share, and leaves the rest to others`() {
    let account = MemoryAccount(limit: 10, share: 6)
    #expect(account.take(6, for: "a"))
    #expect(!account.take(1, for: "a"))
    #expect(account.take(4, for: "b"))
    #expect(!account.take(1, for: "b"))
    account.give(6, for: "a")
    #expect(account.take(6, for: "a"))
  }

  @Test
  func `what is there already counts beyond what there is, but for no source beyond its share`() {
    let account = MemoryAccount(limit: 10, share: 6)
    #expect(!account.count(11, for: "a"))
    #expect(account.count(6, for: "a"))
    #expect(account.count(6, for: "b"))
    #expect(!account.count(1, for: "b"))
    // Two are too many, so that nothing more is taken before both have gone.
    #expect(!account.take(1, for: "c"))
    account.give(6, for: "a")
    #expect(account.take(4, for: "c"))
    #expect(!account.take(1, for: "d"))
  }

  @Test
  func `where there is no room an idle connection goes and the new one is served`() async throws {
    try await Scene.play { scene in
      var limits = ServerLimits.edge
      limits.connections = 1
      let server = try await scene.serve(Served.echo, limits: limits)
      let first = try await scene.connect(server)
      #expect(try await first.send(post("/")).status == 200)
      let second = try await scene.connect(server)
      #expect(try await second.send(post("/")).status == 200)
      let clock = ContinuousClock()
      let end = clock.now.advanced(by: .seconds(10))
      while await first.isOpen {
        try #require(clock.now < end)
        try await Task.sleep(for: .milliseconds(1))
      }
    }
  }

  @Test
  func `bodies of all callers together are bounded, and what is over is free again`() async throws {
    try await Scene.play { scene in
      var limits = ServerLimits.edge
      limits.bodies = 100_000
      let server = try await scene.serve(Served.echo, limits: limits)
      let client = try await scene.connect(server)
      for _ in 0..<3 {
        #expect(try await client.send(post("/"), body: bytes(100_000)).status == 200)
        let refused = try await client.send(post("/"), body: bytes(100_001))
        #expect(refused.status == 503)
        #expect(refused.fields.string(of: "onedoor-reason") == "OVERLOADED")
      }
    }
  }
}
