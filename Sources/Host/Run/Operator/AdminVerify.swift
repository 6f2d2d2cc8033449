internal import Foundation
internal import Kernel
internal import Messages
internal import Service
internal import Storage
internal import Synchronization

// What `doctor` and `verify` ask. All but the clock is read on an operator's threads, so calls are
// served meanwhile, and nothing is written.

extension AdminRequest {
  /// How many places one question may name.
  private static let mostPlaces = 100

  /// Tells the real present, in milliseconds since 1970.
  func clock() {
    reply.send(.json(parts.engine.surroundings.realNow().unixMilliseconds))
  }

  /// Tells what the service knows of itself.
  func facts() {
    AdminThreads.run { reply.send(.json(ServiceFacts(measuring: parts))) }
  }

  /// Checks the whole store and tells line by line what it finds.
  func verify() {
    AdminThreads.run { verifyNow() }
  }

  /// Tells whether the feed holds the places that are the body.
  func places() {
    AdminThreads.run { lookUpPlaces() }
  }

  // MARK: - Verify

  private func verifyNow() {
    guard parts.verifying.begin() else {
      return reply.send(.text(409, "the store is being verified already\n"))
    }
    defer { parts.verifying.end() }
    reply.begin(status: 200, fields: [.init("content-type", "application/x-ndjson")])
    let engine = parts.engine
    let health = parts.health
    func write(_ line: VerifyLine) {
      guard let bytes = try? JSONEncoder().encode(line) else { return }
      reply.write(Array(bytes) + [0x0A])
    }
    let summary = engine.verify(isCancelled: { reply.isCancelled || health.isDraining }) { news in
      switch news {
      case .progress(let part, let done):
        write(VerifyLine(progress: .init(part: part, count: done)))
      case .fault(let fault): write(VerifyLine(fault: fault))
      case .more(let part, let count):
        write(VerifyLine(more: .init(part: part, count: Int64(count))))
      }
    }
    // Without its last line an answer is known to be cut off.
    if summary.isComplete {
      write(VerifyLine(end: VerifyLine.End(summary, of: engine.definition.name)))
    }
    reply.finish()
  }

  // MARK: - Places

  private func lookUpPlaces() {
    guard
      let claimed = try? JSONDecoder().decode([VerifyLine.Place].self, from: Data(request.body)),
      claimed.count <= Self.mostPlaces, claimed.allSatisfy({ $0.position > 0 })
    else {
      return reply.send(.text(400, "the body is a list of at most \(Self.mostPlaces) places\n"))
    }
    do {
      let answers = try parts.engine.store.read(isTakenAtOnce: true) { snapshot in
        let head = try snapshot.feedHead()
        return try claimed.map { place in
          let entry = try snapshot.feedEntries(after: place.position - 1, limit: 1).first
          let isThere = entry?.position == place.position
          return PlaceAnswer(
            claimed: place,
            holds: try snapshot.feedHolds(place.head),
            head: .init(head, of: parts.engine.definition.name),
            hash: isThere ? entry.map { Digest.hex($0.hash) } : nil
          )
        }
      }
      reply.send(.json(answers))
    } catch {
      parts.log.error("places cannot be looked up", [.detail: String(describing: error)])
      reply.send(.text(500, "\(error)\n"))
    }
  }
}

/// Whether a check of the whole store is under way: one at a time.
final class Verifying: Sendable {
  private let isRunning = Mutex(false)

  /// Begins a check; false if one is under way.
  func begin() -> Bool {
    isRunning.withLock { isRunning in
      guard !isRunning else { return false }
      isRunning = true
      return true
    }
  }

  func end() {
    isRunning.withLock { $0 = false }
  }
}

extension VerifyLine.End {
  fileprivate init(_ summary: VerifySummary, of service: String) {
    self.init(
      head: .init(summary.head, of: service),
      cursors: summary.cursors.map {
        .init(FeedHead(position: $0.position, hash: $0.hash), of: $0.upstream)
      },
      checked: summary.checked
    )
  }
}

extension VerifyLine.Place {
  fileprivate init(_ head: FeedHead, of feed: String) {
    self.init(feed: feed, position: head.position, hash: Digest.hex(head.hash))
  }

  /// The place as the store knows it; a hash that is none is that of no entry.
  fileprivate var head: FeedHead {
    FeedHead(position: position, hash: Hexadecimal.bytes(hash) ?? [0])
  }
}

extension Answer {
  /// An answer of JSON.
  static func json(_ value: some Encodable) -> Self {
    guard let bytes = try? JSONEncoder().encode(value) else {
      return .text(500, "the answer cannot be written\n")
    }
    return Self(
      status: 200,
      fields: [.init("content-type", "application/json")],
      body: Array(bytes)
    )
  }
}
