internal import Service
internal import Synchronization
internal import Testing

@testable internal import Gateway

@Suite
struct CheckQueueTests {
  /// Something that a check holds on to, counted while it lives.
  private final class Held: Sendable {
    private let living: Living

    init(_ living: Living) {
      self.living = living
      living.count.wrappingAdd(1, ordering: .relaxed)
    }

    deinit { living.count.wrappingSubtract(1, ordering: .relaxed) }
  }

  private final class Living: Sendable {
    let count = Atomic(0)

    var now: Int { count.load(ordering: .relaxed) }
  }

  private func credentials(_ number: Int) throws -> Credentials {
    try Credentials(
      RequestHead(
        verb: "POST",
        path: "/",
        fields: TestFields(values: ["authorization": "Bearer \(number)"]),
        peer: DoorRoom.peer
      )
    )
  }

  @Test
  func `what was taken is free while others wait`() throws {
    let queue = CheckQueue()
    let living = Living()
    func add(_ number: Int) throws {
      let held = Held(living)
      let check = CheckQueue.Check(credentials: try credentials(number)) { _ in _ = held }
      #expect(queue.add(check))
    }
    for number in 0..<10 { try add(number) }
    for number in 10..<1_000 {
      try add(number)
      // Never empty, and in the order in which they came.
      #expect(queue.next()?.credentials.proof == .token("\(number - 10)"))
      #expect(queue.count == 10)
      #expect(living.now == 10)
    }
  }

  @Test
  func `it takes so many and no more, also when some were taken`() throws {
    let queue = CheckQueue()
    let check = CheckQueue.Check(credentials: try credentials(0)) { _ in }
    for _ in 0..<CheckQueue.most { #expect(queue.add(check)) }
    #expect(!queue.add(check))
    #expect(queue.next() != nil)
    #expect(queue.add(check))
    #expect(!queue.add(check))
  }
}
