internal import Synchronization

/// When the certificates of a running service end, for its metrics.
package final class CertificateEnds: Sendable {
  private let ends = Mutex<[String: Int64]>([:])

  package init() {}

  /// The ends, in seconds since 1970, by what the certificate is for.
  package var all: [String: Int64] { ends.withLock { $0 } }

  /// Takes note of what is used now.
  func note(_ exchange: FileExchange) {
    guard let end = try? exchange.end?() else { return }
    ends.withLock { $0[exchange.name] = end }
  }
}
