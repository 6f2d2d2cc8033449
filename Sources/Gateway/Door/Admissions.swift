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
  /// When that ends which the caller showed; nil for what has no end.
  let until: Instant?
  /// The generation of admissions by whose keys the caller was verified.
  var generation = 0
  /// What the caller's calls are taken from.
  let bucket: Bucket
}

/// The admissions of the last minutes, by what was shown.
final class Admissions: Sendable {
  /// How many are remembered.
  private static let most = 10_000

  private struct State {
    var admissions: [Credentials: Admission] = [:]
  }

  private let state = Mutex(State())
  private let forgotten = Atomic(0)

  var count: Int { state.withLock { $0.admissions.count } }

  /// Raised whenever some are forgotten.
  var generation: Int { forgotten.load(ordering: .acquiring) }

  /// What is remembered, if it is still fresh.
  func admission(of credentials: Credentials, now: Instant) -> Admission? {
    state.withLock { state in
      guard let known = state.admissions[credentials], now < known.freshUntil else { return nil }
      return known
    }
  }

  /// Remembers who was verified by the keys of a generation, unless these were replaced meanwhile.
  func remember(
    _ admission: Admission,
    of credentials: Credentials,
    generation: Int,
    now: Instant
  ) {
    state.withLock { state in
      guard generation == self.generation else { return }
      if state.admissions.count >= Self.most {
        state.admissions = state.admissions.filter { now < $0.value.freshUntil }
        // All of them are minutes old at most, so starting over costs little and bounds memory.
        if state.admissions.count >= Self.most { state.admissions.removeAll(keepingCapacity: true) }
      }
      state.admissions[credentials] = admission
    }
  }

  /// Forgets the portals, since the key of one was replaced.
  ///
  /// Others are found again without being verified.
  func forgetPortals() {
    state.withLock { state in
      state.admissions = state.admissions.filter { $0.value.kind != .portal }
      forgotten.wrappingAdd(1, ordering: .releasing)
    }
  }

  func forgetAll() {
    state.withLock { state in
      state.admissions.removeAll()
      forgotten.wrappingAdd(1, ordering: .releasing)
    }
  }
}
