internal import Kernel
internal import Messages
internal import Service
internal import Storage

/// The feed of a service that a test plays, chained as the real one is.
struct UpstreamFeed {
  let service: String
  private(set) var entries: [FeedV1.Entry] = []

  init(_ service: String) {
    self.service = service
  }

  mutating func append(
    _ payload: some Message,
    subject: String,
    personal: (any Message)?,
    reflects: [String: Int64],
    hall: String,
    now: Instant,
    trace: TraceContext? = nil
  ) -> FeedV1.Entry {
    let fullName = type(of: payload).fullName
    var entry = FeedV1.Entry(
      position: Int64(entries.count + 1),
      id: "\(service)-\(entries.count + 1)",
      hall: hall,
      recordedAt: GoogleProtobuf.Timestamp(now),
      type: String(fullName.split(separator: ".").last ?? ""),
      subject: subject,
      actor: "test",
      reflects: reflects,
      payloadType: fullName,
      payload: payload.encode(),
      previousHash: entries.last?.hash ?? [],
      alg: FeedChain.alg,
      privatePart: personal?.encode() ?? [],
      traceparent: trace?.text ?? ""
    )
    entry.hash = FeedChain.hash(of: entry)
    entries.append(entry)
    return entry
  }
}
