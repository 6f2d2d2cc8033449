package import HTTP2
internal import NIOCore

/// What a server lets its callers do.
package struct ServerLimits: Sendable, Hashable {
  /// The limits of one HTTP/2 connection; its window and list sizes hold for HTTP/1.1 too.
  package var connection: Limits
  /// The number of connections at once; for one more, those go that have said nothing or have been
  /// idle longest, or it is closed when it speaks.
  package var connections: Int
  /// The number of connections at once from one address; one more is closed when it is accepted.
  package var connectionsPerSource: Int
  /// How many bytes of bodies are held at once: requests that are collected and answers that wait
  /// for their callers; a request that needs more is answered `OVERLOADED`.
  package var bodies: Int
  /// How many of them belong to one network; nil where all callers are the house's own.
  package var bodiesPerSource: Int?
  /// The longest body of a request that the process itself answers, in bytes; more is 413.
  package var body: Int
  /// How long a connection may take to its first whole head (HTTP/1.1) or SETTINGS (HTTP/2).
  package var headerTimeout: Duration
  /// How long a connection may stay without a request.
  package var idleTimeout: Duration
  /// How long a peer may take to acknowledge SETTINGS.
  package var settingsTimeout: Duration
  /// The time over which the rate of a body is taken; it slides along with the body.
  package var bodyGrace: Duration
  /// The least rate of a body over that time, and of the answers of a connection over
  /// ``answerTimeout``, in bytes a second.
  package var bodyRate: Int
  /// How long a peer with open streams may be silent before it is asked for a sign of life, for
  /// which it then has the time that it has for SETTINGS.
  package var silence = Duration.seconds(60)
  /// How old a connection may become before it takes no new request; nil for any age.
  ///
  /// Each connection has up to a tenth more or less, so that not all come again at once.
  package var age: Duration? = .seconds(3_600)
  /// How long a connection is served before its loop's other ones have their turn; nil where all
  /// callers are the house's own.
  package var turn: Duration?
  /// How long a caller may take nothing, or hardly anything, of an answer that waits for it.
  package var answerTimeout: Duration

  /// The limits towards strangers.
  package static let edge = Self(
    connection: .edge,
    connections: 16_384,
    connectionsPerSource: 1_024,
    body: 4 << 20,
    bodies: 20 << 20,
    bodiesPerSource: 8 << 20,
    turn: .microseconds(250)
  )

  /// The limits among our own services.
  package static let inner = Self(
    connection: .inner,
    connections: 1_024,
    connectionsPerSource: 1_024,
    body: 16 << 20,
    bodies: 96 << 20
  )

  /// Creates limits of which the sizes are named, with the usual times.
  package init(
    connection: Limits,
    connections: Int,
    connectionsPerSource: Int,
    body: Int,
    bodies: Int,
    bodiesPerSource: Int? = nil,
    turn: Duration? = nil,
    headerTimeout: Duration = .seconds(10),
    idleTimeout: Duration = .seconds(120),
    settingsTimeout: Duration = .seconds(10),
    bodyGrace: Duration = .seconds(10),
    bodyRate: Int = 1_024,
    answerTimeout: Duration = .seconds(60)
  ) {
    self.connection = connection
    self.connections = connections
    self.connectionsPerSource = connectionsPerSource
    self.body = body
    self.bodies = bodies
    self.bodiesPerSource = bodiesPerSource
    self.turn = turn
    self.headerTimeout = headerTimeout
    self.idleTimeout = idleTimeout
    self.settingsTimeout = settingsTimeout
    self.bodyGrace = bodyGrace
    self.bodyRate = bodyRate
    self.answerTimeout = answerTimeout
  }
}

extension ServerLimits {
  /// When a connection takes no new request any more; nil for never.
  func retirement(from opened: NIODeadline) -> NIODeadline? {
    age.map { opened + TimeAmount($0 * Double.random(in: 0.9...1.1)) }
  }

  /// How long an old connection's last call may be waited for before it is told of its end.
  var retirementGrace: TimeAmount { TimeAmount((age ?? .zero) / 10) }
}
