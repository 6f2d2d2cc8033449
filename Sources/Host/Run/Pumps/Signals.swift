internal import Dispatch
internal import Glibc

/// Waits for the signals by which an operator stops a process.
package enum Signals {
  /// Waits for SIGTERM or SIGINT.
  ///
  /// - Parameter parentGone: Whether the end of standard input stops too: a supervisor holds the
  ///   other end, so it ends when the supervisor is gone, however it went.
  /// - Returns: What came first, for the log.
  package static func stop(orParentGone parentGone: Bool = false) async -> String {
    let (names, continuation) = AsyncStream.makeStream(of: String.self)
    let sources = [(SIGTERM, "SIGTERM"), (SIGINT, "SIGINT")].map { number, name in
      // What is not ignored would end the process before the source sees it.
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler { continuation.yield(name) }
      source.resume()
      return source
    }
    if parentGone {
      DispatchQueue.global().async {
        var byte: UInt8 = 0
        while read(STDIN_FILENO, &byte, 1) > 0 {}
        continuation.yield("parent gone")
      }
    }
    defer { for source in sources { source.cancel() } }
    for await name in names { return name }
    return "cancelled"
  }

  /// Does something at each SIGHUP, by which an operator asks for files to be read again, until the
  /// task is cancelled.
  package static func atHangup(_ body: () async -> Void) async {
    signal(SIGHUP, SIG_IGN)
    let (hangups, continuation) = AsyncStream.makeStream(of: Void.self)
    let source = DispatchSource.makeSignalSource(signal: SIGHUP, queue: .global())
    source.setEventHandler { continuation.yield() }
    source.resume()
    defer { source.cancel() }
    for await _ in hangups { await body() }
  }
}
