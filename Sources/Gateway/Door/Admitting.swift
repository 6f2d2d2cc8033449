internal import Kernel
internal import Messages
internal import Service
internal import Storage
internal import Synchronization

/// Finds out who a caller is and signs the pass: all that takes longer than looking up.
///
/// - Source: docs/rules/door.md, rules D6 and D12
final class Admitting: Sendable {
  /// How long before its end a pass is replaced, so that a call may still wait in a queue.
  ///
  /// - Unit: milliseconds.
  static let reserve: Int64 = 60_000

  private let engine: Engine
  private let settings: GatewaySettings
  private let buckets: Buckets
  private let checker: Mutex<TokenChecker>

  init(engine: Engine, settings: GatewaySettings, buckets: Buckets) async throws {
    self.engine = engine
    self.settings = settings
    self.buckets = buckets
    checker = Mutex(try await TokenChecker(settings.issuers, audiences: settings.audiences))
  }

  /// Replaces the issuers.
  func reload(_ issuers: [GatewaySettings.Issuer]) async throws {
    let new = try await TokenChecker(issuers, audiences: settings.audiences)
    checker.withLock { $0 = new }
  }

  /// Admits who comes with these credentials.
  func admit(_ credentials: Credentials) async throws(GatewayRefusal) -> Admission {
    let now = engine.surroundings.realNow()
    switch credentials.proof {
    case .none:
      return try admitAnybody(credentials.source, now)
    case .token(let token):
      return try admit(token: token, credentials.source, now)
    case .portal(let key, let subject):
      return try await admit(portal: key, subject: subject, credentials.source, now)
    }
  }

  private func admitAnybody(_ source: String, _ now: Instant) throws(GatewayRefusal) -> Admission {
    // Two addresses are two callers, whose answers are kept apart; the address itself is personal
    // and stays out of the record.
    let mark = Digest.hex(Array(engine.seal.hash("public caller", Array(source.utf8)).prefix(8)))
    let halls = settings.halls.subtracting([settings.defaultHall]).sorted()
    return try admission(
      .anybody,
      Pass(
        issuer: Keyring.gateway,
        subject: "public-\(mark)",
        roles: [.public],
        halls: [settings.defaultHall] + halls,
        expiresAt: now,
        source: source
      ),
      until: nil,
      bucket: buckets.bucket(of: .source(source), settings.limits.perSource, now: now),
      now
    )
  }

  private func admit(
    token: String,
    _ source: String,
    _ now: Instant
  ) throws(GatewayRefusal) -> Admission {
    let claims: TokenClaims
    do throws(TokenChecker.Fault) {
      let checker = checker.withLock { $0 }
      claims = try checker.claims(of: token, now: now)
    } catch {
      throw error == .expired ? .tokenExpired : .tokenInvalid
    }
    let named = claims.halls ?? []
    let halls = named.isEmpty ? [settings.defaultHall] : named.filter(settings.halls.contains)
    return try admission(
      .token,
      Pass(
        issuer: Keyring.gateway,
        subject: claims.sub,
        name: claims.name ?? "",
        roles: RoleName.roles(claims.roles ?? []),
        halls: halls,
        posts: claims.posts ?? [],
        expiresAt: now,
        source: source
      ),
      until: claims.exp,
      bucket: buckets.bucket(of: .subject(claims.sub), settings.limits.perSubject, now: now),
      now
    )
  }

  private func admit(
    portal key: String,
    subject: String?,
    _ source: String,
    _ now: Instant
  ) async throws(GatewayRefusal) -> Admission {
    let (portal, end) = try portal(key, now)
    var pass = Pass(
      issuer: Keyring.gateway,
      subject: portal.id,
      roles: [.portal],
      halls: [portal.hall],
      expiresAt: now,
      source: source
    )
    var until = end.map { Double($0.unixMilliseconds) / 1_000 }
    if let subject {
      let claims = try await claims(of: subject, portal, now)
      pass.name = claims.name
      pass.onBehalfOf = claims.sub
      pass.assurance = UInt32(claims.assurance)
      until = min(until ?? claims.exp, claims.exp)
    }
    let rate =
      portal.callsPerSecond == 0
      ? settings.limits.perPortal : CallRate(perSecond: portal.callsPerSecond)
    return try admission(
      .portal,
      pass,
      until: until,
      bucket: buckets.bucket(of: .portal(portal.id, rate), rate, now: now),
      now
    )
  }

  /// The portal of a key, and when this key ends; nil for the present one, which has no end.
  private func portal(
    _ key: String,
    _ now: Instant
  ) throws(GatewayRefusal) -> (portal: Portal, until: Instant?) {
    guard let key = PortalKey(key) else { throw .portalKeyUnknown }
    let found: (portal: Portal, until: Instant?)?
    do {
      found = try engine.store.read { try $0.portal(keyHash: key.hash, now: now) }
    } catch {
      throw .fault
    }
    guard let found else { throw .portalKeyUnknown }
    return found
  }

  private func claims(
    of subject: String,
    _ portal: Portal,
    _ now: Instant
  ) async throws(GatewayRefusal) -> SubjectClaims {
    guard !portal.subjectKey.isEmpty,
      let key = try? await PublicKey(json: portal.subjectKey)
    else { throw .subjectInvalid }
    do throws(TokenChecker.Fault) {
      let checker = checker.withLock { $0 }
      return try checker.claims(of: subject, signedBy: key, now: now)
    } catch {
      throw error == .expired ? .subjectExpired : .subjectInvalid
    }
  }

  /// Signs the pass, which ends with what the caller showed.
  private func admission(
    _ kind: Admission.Kind,
    _ unsigned: Pass,
    until seconds: Double?,
    bucket: Bucket,
    _ now: Instant
  ) throws(GatewayRefusal) -> Admission {
    let longest = now.advanced(byMilliseconds: Pass.lifetime - Self.reserve)
    var freshUntil = longest
    if let seconds, seconds * 1_000 < Double(longest.unixMilliseconds) {
      freshUntil = Instant(unixMilliseconds: Int64(seconds * 1_000))
    }
    var pass = unsigned
    pass.expiresAt = freshUntil.advanced(byMilliseconds: Self.reserve)
    guard let header = try? engine.keyring.seal(pass) else { throw .fault }
    return Admission(
      kind: kind,
      roles: pass.roles,
      halls: pass.halls,
      pass: header,
      freshUntil: freshUntil,
      until: seconds.flatMap(Self.instant),
      bucket: bucket
    )
  }

  /// The instant of a claim; nil for one that no clock will show.
  private static func instant(_ seconds: Double) -> Instant? {
    guard abs(seconds) < 1e12 else { return nil }
    return Instant(unixMilliseconds: Int64(seconds * 1_000))
  }
}
