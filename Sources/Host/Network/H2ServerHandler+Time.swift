internal import HTTP2
internal import NIOCore

/// What time does to a connection: who is silent, slow or idle, and for how long it may live.
extension H2ServerHandler {
  /// The payload of the PING that asks for a sign of life.
  private static let lifePing: UInt64 = 0x6F6E_6544_6F6F_723F
  /// How long an old connection must have been idle to be told of its end.
  private static let quiet = TimeAmount.seconds(1)

  var idleSince: NIODeadline? { isIdle ? lastEvent : nil }

  /// Whether no request is open; a trunk without calls is none.
  var isIdle: Bool {
    guard let trunk, trunk.isOpen else { return session.openStreams.isEmpty }
    return trunk.isIdle && session.openStreams.count <= 1
  }

  func tick() {
    let now = NIODeadline.now()
    let limits = home.limits
    for exchange in exchanges.compactMap(\.self) { exchange.tick(now, limits) }
    let age = now - opened
    forgive(now)
    if isStalled(age, limits) || !holdsItsShare() {
      session.terminate(.enhanceYourCalm)
      pump()
      cut()
    } else if !hasSettings, age > TimeAmount(limits.headerTimeout) {
      cut()
    } else if !hasAcknowledgement, age > TimeAmount(limits.settingsTimeout) {
      session.terminate(.settingsTimeout)
      home.schedule(self)
    } else if now - lastEvent > TimeAmount(limits.idleTimeout), isIdle {
      session.goAway()
      home.schedule(self)
      // The peer has to end the trunk, and may not be there any more.
      let patience = TimeAmount(limits.idleTimeout + limits.settingsTimeout)
      if now - lastEvent > patience { cut() }
    } else if let asked {
      if now - asked > TimeAmount(limits.settingsTimeout) { cut() }
    } else if now - lastEvent > TimeAmount(limits.silence), !isIdle {
      // Who is idle is not asked: the answer would make the connection one that is used.
      asked = now
      session.ping(Self.lifePing)
      home.schedule(self)
    }
    guard let retirement, now >= retirement else { return }
    // Nothing for a while: no request is on its way either, most likely.
    let isQuiet = now - lastEvent > Self.quiet && isIdle
    if isOld, isQuiet || now >= retirement + limits.retirementGrace { retire() }
    isOld = true
  }

  private func forgive(_ now: NIODeadline) {
    let seconds = Int((now - lastTick).nanoseconds / 1_000_000_000)
    guard seconds > 0 else { return }
    lastTick = now
    session.forgive(seconds * home.limits.connection.faultsPerSecond)
  }

  /// Accounts for the answers that wait; false if the source holds too much.
  private func holdsItsShare() -> Bool {
    let waiting = session.buffered + (trunk?.waiting ?? 0)
    if waiting > accounted {
      guard home.account.count(waiting - accounted, for: source) else { return false }
      accounted = waiting
    } else if waiting < accounted {
      home.account.give(accounted - waiting, for: source)
      accounted = waiting
    }
    return true
  }

  /// Whether answers have waited for a whole window and were hardly taken.
  private func isStalled(_ age: TimeAmount, _ limits: ServerLimits) -> Bool {
    guard session.buffered > 0 else {
      taking = nil
      return false
    }
    var taking = taking ?? Taking(handed: session.taken, by: channel, at: age)
    taking.look(handed: session.taken, at: channel)
    let window = TimeAmount(limits.answerTimeout)
    let isStalled = taking.isBelow(limits.bodyRate, over: window, age: age)
    self.taking = taking
    return isStalled
  }
}
