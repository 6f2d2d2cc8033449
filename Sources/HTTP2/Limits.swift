/// What one connection lets its peer do.
package struct Limits: Sendable, Hashable {
  /// The number of streams that the peer may have open at once.
  package var concurrentStreams: Int
  /// How much the peer may send on one stream before this side has consumed it, in bytes.
  package var streamWindow: Int
  /// How much the peer may send on all streams before this side has consumed it, in bytes.
  package var connectionWindow: Int
  /// The largest header list, counted as names, values and 32 bytes for each field.
  ///
  /// - Source: RFC 9113, section 6.5.2. The setting is advisory, so the session counts.
  package var headerList: Int
  /// How much both sides may remember of the header fields that were sent, in bytes.
  ///
  /// Among our own services there is room for the passes of a hundred callers, so that each goes
  /// over the wire once.
  package var headerTable: Int
  /// How many bytes of unfinished collected bodies a connection may hold.
  ///
  /// A stream that would go over it is refused, which makes it safe for the peer to ask again.
  package var collectedBodies: Int
  /// The number of bytes waiting on a stream from which on `write` asks to stop.
  package var streamBuffer: Int
  /// How many streams the peer may reset at once before the connection is ended.
  package var resetBurst: UInt64
  /// How many resets a second the peer earns back.
  package var resetsPerSecond: UInt64
  /// How many CONTINUATION frames a header block may have.
  package var continuations: Int
  /// How many entries a SETTINGS frame may have.
  package var settingsEntries: Int
  /// How many acknowledgements of PING and SETTINGS may wait to be sent.
  package var outboundAcknowledgements: Int

  /// How many malformed or refused frames the peer may send at once before the connection ends.
  ///
  /// Each of them makes this side send a frame, which a peer that reads nothing lets pile up; and
  /// a valid request that is followed by such a frame costs more than it costs the peer.
  package var faults: Int
  /// How many such frames a second the owner forgives, by ``ServerSession/forgive(_:)``.
  package var faultsPerSecond: Int

  /// The limits towards strangers.
  package static let edge = Self(
    concurrentStreams: 128,
    streamWindow: 256 << 10,
    connectionWindow: 1 << 20,
    headerList: 16 << 10,
    headerTable: 4 << 10,
    collectedBodies: 32 << 20,
    streamBuffer: 256 << 10,
    resetBurst: 100,
    resetsPerSecond: 20,
    continuations: 4,
    settingsEntries: 16,
    outboundAcknowledgements: 128,
    faults: 500,
    faultsPerSecond: 50
  )

  /// The limits among our own services, and of a client towards a server that it chose.
  package static let inner = Self(
    concurrentStreams: 4_096,
    streamWindow: 1 << 20,
    connectionWindow: 16 << 20,
    headerList: 64 << 10,
    headerTable: 64 << 10,
    collectedBodies: 256 << 20,
    streamBuffer: 1 << 20,
    resetBurst: 100_000,
    resetsPerSecond: 10_000,
    continuations: 8,
    settingsEntries: 32,
    outboundAcknowledgements: 1_000,
    faults: 100_000,
    faultsPerSecond: 10_000
  )

  /// The limits of a client that reads answers for others, some of whom take nothing.
  ///
  /// The connection's window holds those of all streams at once, so that no reader can use up
  /// what others wait for.
  package static let innerForOthers: Self = {
    var limits = inner
    limits.streamWindow = 256 << 10
    limits.connectionWindow = limits.streamWindow * limits.concurrentStreams
    return limits
  }()

  /// Creates limits of which each is named.
  package init(
    concurrentStreams: Int,
    streamWindow: Int,
    connectionWindow: Int,
    headerList: Int,
    headerTable: Int = 4 << 10,
    collectedBodies: Int,
    streamBuffer: Int,
    resetBurst: UInt64,
    resetsPerSecond: UInt64,
    continuations: Int,
    settingsEntries: Int,
    outboundAcknowledgements: Int,
    faults: Int,
    faultsPerSecond: Int
  ) {
    self.concurrentStreams = concurrentStreams
    self.streamWindow = streamWindow
    self.connectionWindow = connectionWindow
    self.headerList = headerList
    self.headerTable = headerTable
    self.collectedBodies = collectedBodies
    self.streamBuffer = streamBuffer
    self.resetBurst = resetBurst
    self.resetsPerSecond = resetsPerSecond
    self.continuations = continuations
    self.settingsEntries = settingsEntries
    self.outboundAcknowledgements = outboundAcknowledgements
    self.faults = faults
    self.faultsPerSecond = faultsPerSecond
  }
}
