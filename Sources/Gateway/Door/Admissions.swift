internal import Kernel
internal import Messages
internal import Service
internal import Synchronization

/// Somebody who was verified, with a pass that is ready to go.
struct Admission: Sendable {
  /// By what the caller was known, for the counts.
  enum Kind: String, Sendable {
    case anybody = "public"
    case token
    case portal
  }

  let kind: Kind
  let roles: Set<AccessV1.Role>
  /// In the order of the token; the first is that of calls that name none.
  let halls: [String]
  /// The signed pass as a header value.
  let pass: String
  /// Until when it is used, in real time.
  let freshUntil: Instant
  /// What the caller's calls are taken from.
  let bucket: Bucket
}

/// The admissions of the last minutes, by what was shown.
final class Admissions: Sendable {
  /// How many are remembered.
  private static let most = 10_000

  private let admissions = Mutex<[Credentials: Admission]>([:])

  var count: Int { admissions.withLock { $0.count } }

  /// What is remembered, if it is still fresh.
  func admission(of credentials: Credentials, now: Instant) -> Admission? {
    admissions.withLock { admissions in
      guard let known = admissions[credentials], now < known.freshUntil else { return nil }
      return known
    }
  }

  func remember(_ admission: Admission, of credentials: Credentials, now: Instant) {
    admissions.withLock { admissions in
      if admissions.count >= Self.most {
        admissions = admissions.filter { now < $0.value.freshUntil }
        // All of them are minutes old at most, so starting over costs little and bounds memory.
        if admissions.count >= Self.most { admissions.removeAll(keepingCapacity: true) }
      }
      admissions[credentials] = admission
    }
  }

  func forgetAll() { admissions.withLock { $0.removeAll() } }
}
