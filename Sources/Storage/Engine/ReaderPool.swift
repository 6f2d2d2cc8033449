internal import Dispatch
internal import Synchronization

/// The connections that only read, opened when they are first needed.
final class ReaderPool: Sendable {
  private struct State {
    var idle: [Connection] = []
    /// Raised when the idle ones are dropped, so that those in use are closed on return.
    var generation = 0
    var isClosed = false
  }

  private let path: String
  private let instructions: Int
  private let places: DispatchSemaphore
  private let state = Mutex(State())

  /// Makes an empty pool of which each loan may be so much work, in SQLite's instructions.
  init(path: String, size: Int, instructions: Int) {
    self.path = path
    self.instructions = instructions
    places = DispatchSemaphore(value: size)
  }

  /// Lends a connection that is to be given back; waits while all are in use.
  func lend() throws -> Connection {
    places.wait()
    do {
      let known = try state.withLock { state throws(StoreError) in
        guard !state.isClosed else { throw .closed(detail: path) }
        return state.idle.popLast()
      }
      if let known {
        known.allow(instructions)
        return known
      }
      let generation = state.withLock { $0.generation }
      let reader = try Connection(path: path, role: .reader)
      reader.generation = generation
      reader.allow(instructions)
      return reader
    } catch {
      places.signal()
      throw error
    }
  }

  /// Takes a connection back.
  func giveBack(_ reader: Connection) {
    let isWanted = state.withLock { state in
      guard !state.isClosed, state.generation == reader.generation else { return false }
      state.idle.append(reader)
      return true
    }
    if !isWanted { reader.close() }
    places.signal()
  }

  /// Closes the idle ones now and those in use when they come back.
  func drop(closing: Bool = false) {
    let idle = state.withLock { state in
      defer { state.idle = [] }
      state.generation += 1
      state.isClosed = state.isClosed || closing
      return state.idle
    }
    for reader in idle { reader.close() }
  }

  /// How many connections are open and unused.
  var idleCount: Int { state.withLock { $0.idle.count } }
}
