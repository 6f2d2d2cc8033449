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

  private static let listener = Mutex<(@Sendable (Event) -> Void)?>(nil)

  /// Lets somebody hear everything from now on, in the place of who did before.
  package static func listen(_ body: (@Sendable (Event) -> Void)?) {
    listener.withLock { $0 = body }
  }

  static func tell(_ event: @autoclosure () -> Event) {
    guard let body = listener.withLock({ $0 }) else { return }
    body(event())
  }
}
