import HTTP2
import Host
import Kernel
import Service
import Synchronization
import Testing

@Suite struct KnownHeadTests {
  /// Lets further calls in until it is told otherwise.
  final class Pad: Ticket {
    let isValid = Mutex(true)
    let asked = Mutex(0)

    func admitsAnother() -> Bool {
      asked.withLock { $0 += 1 }
      return isValid.withLock { $0 }
    }
  }

  /// Answers with the number of times that it was asked, and the body.
  final class Counting: KnownHead {
    let asked = Mutex(0)
    let head = AnswerHead(status: 200, fields: [Answer.Field("x-way", "known")])

    func answer(to body: [UInt8], trace: TraceContext?) -> PromptAnswer? {
      let number = asked.withLock { number in
        number += 1
        return number
      }
      return number == 3 ? nil : .shared(head, body: [UInt8(number)] + body)
    }
  }

  /// Knows the heads whose path is `/known`.
  struct Knowing: Endpoint {
    let counting = Counting()

    func dispatch(_ request: InboundRequest, to reply: any Reply) {
      Served.echo.dispatch(request, to: reply)
    }

    func known(_ head: RequestHead) -> (any KnownHead)? {
      head.path == "/known" ? counting : nil
    }
  }

  @Test
  func `a door decides once about calls with the same head`() async throws {
    try await Scene.play { scene in
      let decisions = Mutex(0)
      let pad = Pad()
      let door = Decided { head in
        decisions.withLock { $0 += 1 }
        let set = Answer.Field("onedoor-pass", head.fields.value(of: "x-one") ?? "")
        return .forward(Forwarding(upstream: "echo", set: [set], bodyLimit: 100, ticket: pad))
      }
      let (_, client) = try await scene.door(door)
      for length in 1...5 {
        let fields = [("x-one", "a"), ("idempotency-key", "k\(length)")]
        let answer = try await client.send(post("/p", fields), body: bytes(length))
        #expect(answer.body == bytes(length))
        #expect(answer.fields.string(of: "onedoor-pass") == "a")
        #expect(answer.fields.string(of: "idempotency-key") == "k\(length)")
        #expect(answer.fields.string(of: "content-length") == "\(length)")
      }
      #expect(decisions.withLock { $0 } == 1)
      #expect(pad.asked.withLock { $0 } == 4)
      let other = try await client.send(post("/p", [("x-one", "b")]))
      #expect(other.fields.string(of: "onedoor-pass") == "b")
      #expect(decisions.withLock { $0 } == 2)
      pad.isValid.withLock { $0 = false }
      #expect(try await client.send(post("/p", [("x-one", "b")])).status == 200)
      #expect(decisions.withLock { $0 } == 3)
      #expect(try await client.send(post("/p"), body: bytes(101)).status == 413)
    }
  }

  @Test
  func `a known head is answered at once, and dispatched if it is not`() async throws {
    try await Scene.play { scene in
      let server = try await scene.serve(Knowing())
      let client = try await scene.connect(server)
      for number in 1...4 {
        let answer = try await client.send(post("/known"), body: [9])
        #expect(answer.status == 200)
        if number == 3 {
          #expect(answer.fields.string(of: "x-path") == "/known")
          #expect(answer.body == [9])
        } else {
          #expect(answer.fields.string(of: "x-way") == "known")
          #expect(answer.fields.string(of: "content-length") == "2")
          #expect(answer.body == [UInt8(number), 9])
        }
      }
      let other = try await client.send(post("/other"), body: [9])
      #expect(other.fields.string(of: "x-path") == "/other")
      #expect(try await curl(server, "--http1.1", "-d", "x").contains("x"))
    }
  }

  @Test
  func `more heads than there is room for are all answered`() async throws {
    try await Scene.play { scene in
      let pad = Pad()
      let (_, client) = try await scene.door(
        Decided { _ in
          .forward(Forwarding(upstream: "echo", set: [], bodyLimit: 100, ticket: pad))
        }
      )
      for number in 0..<1_500 {
        let value = "\(number % 700)"
        let answer = try await client.send(post("/p", [("x-one", value)]))
        #expect(answer.fields.string(of: "x-one") == value)
      }
    }
  }
}
