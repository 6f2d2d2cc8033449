/// The kinds of intake's timers.
package enum IntakeTimer {
  /// 24:00 of the last of the five days: silence accepts.
  package static let deemedAcceptance = "deemed-acceptance"
  /// 24:00 of the day of the notice: the papers go back.
  package static let correctionExpiry = "correction-expiry"
}
