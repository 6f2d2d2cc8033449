internal import HTTP2
internal import Host
internal import NIOCore
internal import NIOEmbedded
internal import TestSupport

/// The bytes of one connection, given to the server's side of HTTP/1.1.
///
/// However they are cut, the same requests are seen and the same answers are sent. What is seen is
/// what ``HTTP1Reference`` reads, and nothing that has two meanings; each request has one answer,
/// in order; and behind a refusal of the framing nothing is read. The first byte says how slow
/// both sides are, the second how the bytes are cut.
struct HTTP1Target: FuzzTarget {
  let name = "http1"

  /// Limits that are reached by few bytes; nothing is ended by the clock.
  static let limits: ServerLimits = {
    var limits = ServerLimits.edge
    limits.connection = SessionChecks.limits
    limits.connection.streamWindow = 512
    limits.body = 1_024
    limits.age = nil
    return limits
  }()

  /// All connections are on one loop, which the checks run.
  private static let bench = Bench()

  private struct Bench: Sendable {
    let loop = EmbeddedEventLoop()
    let scribe = HTTP1Scribe()
    let server: ChannelServer

    init() { server = ChannelServer(scribe, limits: HTTP1Target.limits, on: loop) }
  }

  /// What became of a connection.
  struct Outcome {
    var seen: [HTTP1Scribe.Seen]
    var output: [UInt8]
    /// Whether the other side may go on to send.
    var isOpen: Bool
    /// Whether the server waits for more.
    var wantsRead: Bool
  }

  var seeds: [[UInt8]] { HTTP1Mutation.seeds.map { [0, 0] + Array($0.utf8) } }

  func headCount(of input: [UInt8]) -> Int { min(2, input.count) }

  func mutate(_ input: inout [UInt8], by generator: inout SeededGenerator) {
    guard input.count > 2 else {
      input = seeds.randomElement(using: &generator) ?? []
      return
    }
    if Int.random(in: 0..<8, using: &generator) == 0 {
      input[0] = UInt8.random(in: 0...3, using: &generator)
      input[1] = UInt8.random(in: 0...255, using: &generator)
    } else {
      input = Array(input[..<2]) + HTTP1Mutation.change(input[2...], by: &generator)
    }
  }

  func check(_ input: UnsafeRawBufferPointer) -> Bool {
    guard input.count >= 2 else { return false }
    let bytes = Array(input.dropFirst(2))
    guard !bytes.starts(with: FrameMutation.preface) else { return false }
    let reference = HTTP1Reference(bytes[...])
    let whole = HTTP1Checks(serve([bytes[...]], mode: input[0]), reference)
    whole.run()
    let pieces = serve(Self.pieces(of: bytes, by: input[1]), mode: input[0])
    let cut = HTTP1Checks(pieces, reference)
    cut.run()
    HTTP1Checks.compare(whole, cut)
    return true
  }

  /// Cuts the bytes at places that a number chooses: some, or now and then all.
  private static func pieces(of bytes: [UInt8], by number: UInt8) -> [ArraySlice<UInt8>] {
    var generator = SeededGenerator(seed: UInt64(number))
    let cuts: [Int]
    if number % 32 == 31 {
      cuts = Array(bytes.indices)
    } else {
      let count = [1, 2, 4, 8, 16][Int(number) % 5]
      cuts = (0..<count).map { _ in Int.random(in: 0...bytes.count, using: &generator) }.sorted()
    }
    var start = 0
    return (cuts + [bytes.count]).compactMap { end in
      defer { start = end }
      return end > start ? bytes[start..<end] : nil
    }
  }

  /// Serves a connection on which the pieces come one after another.
  private func serve(_ pieces: [ArraySlice<UInt8>], mode: UInt8) -> Outcome {
    let bench = Self.bench
    let refusal = HTTP1Wire.Refusal()
    let wire = HTTP1Wire(isSlow: mode & 1 != 0, refusal: refusal)
    let channel = EmbeddedChannel(handler: wire, loop: bench.loop)
    bench.scribe.begin(isDelayed: mode & 2 != 0, refusal: refusal)
    do {
      try bench.server.serve(channel)
      channel.connect(to: try SocketAddress(unixDomainSocketPath: "fuzz"), promise: nil)
    } catch {
      fatalError("a new channel is not served: \(error)")
    }
    let pipeline = channel.pipeline.syncOperations
    func turn() -> Bool {
      bench.loop.run()
      let hasAnswered = bench.scribe.turn()
      // A connection whose turn was over goes on a little later.
      bench.loop.advanceTime(by: .microseconds(200))
      return wire.turn() || hasAnswered
    }
    channel.pipeline.read()
    for piece in pieces {
      while !wire.wantsRead, channel.isActive, turn() {}
      guard wire.wantsRead, channel.isActive else { break }
      wire.wantsRead = false
      pipeline.fireChannelRead(NIOAny(ByteBuffer(bytes: piece)))
      pipeline.fireChannelReadComplete()
      channel.pipeline.read()
      _ = turn()
    }
    while turn() {}
    let isOpen = channel.isActive && !wire.isOutputClosed
    require(!wire.hasUnflushed, "something was written and not sent")
    let wantsRead = wire.wantsRead
    // Whoever lingers is cut off.
    bench.loop.advanceTime(by: .seconds(2))
    if channel.isActive { channel.close(promise: nil) }
    bench.loop.run()
    return Outcome(
      seen: bench.scribe.seen,
      output: wire.output,
      isOpen: isOpen,
      wantsRead: wantsRead
    )
  }

  func allowance(for count: Int) -> Int { (4 << 20) + 600 * count }
}
