/// How many calls a caller may make.
///
/// - Source: docs/rules/door.md, D9.
package struct CallRate: Sendable, Hashable {
  /// Calls a second on average, at least 1.
  package var perSecond: Int
  /// Calls at once after a rest, at least 1.
  package var burst: Int

  package init(perSecond: Int, burst: Int) {
    self.perSecond = max(1, perSecond)
    self.burst = max(1, burst)
  }

  /// A rate whose burst is what two seconds bring.
  package init(perSecond: Int) {
    self.init(perSecond: perSecond, burst: 2 * perSecond)
  }
}
