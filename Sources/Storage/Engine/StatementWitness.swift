internal import Synchronization

/// Who wants to know which stores are opened and which statements are prepared: a test alone.
///
/// It is asked where a statement is compiled, once a text and connection, so that what runs often
/// pays nothing for it. `Tests/Recorder` keeps what it hears, and `Tests/Outside` prepares all of
/// it on PostgreSQL.
package enum StatementWitness {
  package enum Event: Sendable {
    /// A store is opened, or made, with these migrations: the kept ones and the service's own.
    case opened(path: String, service: String, migrations: [Migration])

    /// A statement was prepared on a connection to the file.
    case prepared(path: String, sql: String)
  }

  /// A closure that lies bare in a `Mutex` is wrapped once more by each look at it, until the stack
  /// does not suffice to call it.
  private struct Listener: Sendable {
    let hear: @Sendable (Event) -> Void
  }

  private static let listener = Mutex<Listener?>(nil)

  /// Lets somebody hear everything from now on, in the place of who did before.
  package static func listen(_ body: (@Sendable (Event) -> Void)?) {
    listener.withLock { $0 = body.map { Listener(hear: $0) } }
  }

  static func tell(_ event: @autoclosure () -> Event) {
    guard let listener = listener.withLock({ $0 }) else { return }
    listener.hear(event())
  }
}
