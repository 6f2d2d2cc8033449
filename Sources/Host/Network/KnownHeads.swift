internal import HTTP2
internal import Service

/// The heads that came to one event loop lately, with what was found out about each.
///
/// Callers send the same head with each call, but for a few fields that differ. So what a head
/// leads to is found by its bytes, all of them compared: nothing is guessed. In which places of the
/// table one may lie is decided by its hash; where all are taken, a newcomer takes one of them.
/// With one place for each, two heads that met there would push each other out with every call.
final class KnownHeads {
  /// What a head leads to.
  enum Lead {
    /// To another service.
    case way(Way)
    /// To the process's own endpoint, which knows the head.
    case known(any KnownHead)
    /// To the process's own endpoint, which looks at each request anew.
    case nothing
  }

  /// One head.
  final class Entry {
    let hash: UInt64
    /// The lasting fields.
    let list: HeaderList
    /// The address of the caller, by which limits and passes differ too.
    let peer: String
    /// The service that the caller's certificate names, which its passes must name too.
    let certified: String?
    let lead: Lead
    /// What the process's own endpoint knows, if that is the lead.
    let known: (any KnownHead)?
    /// The number of the last connection that had this head: it need not be compared again.
    @exclusivity(unchecked) var serial: UInt64

    init(_ hash: UInt64, _ list: HeaderList, _ front: any Front, _ lead: Lead) {
      self.hash = hash
      self.list = list
      peer = front.peer
      certified = front.certified
      serial = front.serial
      self.lead = lead
      known = if case .known(let known) = lead { known } else { nil }
    }
  }

  /// How many heads there is room for; a power of two.
  private static let room = 512
  /// How many places a head may lie in; a power of two.
  private static let ways = 4
  /// The longest head that is kept, in bytes.
  private static let longest = 2 << 10

  @exclusivity(unchecked) private var entries = [Entry?](repeating: nil, count: room)
  /// Which of its places the next newcomer takes.
  @exclusivity(unchecked) private var turn = 0

  /// The first place in which a head may lie.
  private static func place(_ hash: UInt64) -> Int {
    Int(hash & UInt64(room - 1)) & ~(ways - 1)
  }

  /// What is known of a head; nil if it is new.
  func entry(of head: Head, from front: any Front) -> Entry? {
    let hash = head.hash
    let first = Self.place(hash)
    for place in first..<first + Self.ways {
      guard let entry = entries[place], entry.hash == hash, isSameCaller(entry, front),
        entry.list.isSame(as: head)
      else { continue }
      return entry
    }
    return nil
  }

  private func isSameCaller(_ entry: Entry, _ front: any Front) -> Bool {
    let serial = front.serial
    if entry.serial == serial { return true }
    guard entry.peer == front.peer, entry.certified == front.certified else { return false }
    entry.serial = serial
    return true
  }

  /// Asks the process's own endpoint what it knows of a head, and keeps that.
  ///
  /// - Returns: nil if the head is too long to be kept.
  func learn(_ head: Head, from front: any Front) -> Entry? {
    guard head.lasting.count <= Self.longest else { return nil }
    let known = front.home.endpoint.known(RequestHead(HeaderList(head), from: front))
    return keep(known.map(Lead.known) ?? .nothing, of: head, from: front)
  }

  /// Keeps what was found out about a head.
  ///
  /// - Returns: nil if the head is too long to be kept.
  @discardableResult
  func keep(_ lead: Lead, of head: Head, from front: any Front) -> Entry? {
    guard head.lasting.count <= Self.longest else { return nil }
    let hash = head.hash
    let first = Self.place(hash)
    let places = first..<first + Self.ways
    let entry = Entry(hash, HeaderList(lastingOf: head), front, lead)
    // What is no longer true of a head is replaced, and does not stay beside the new.
    let old = places.first { place in
      guard let known = entries[place] else { return false }
      return known.hash == hash && isSameCaller(known, front) && known.list.isSame(as: head)
    }
    turn = (turn + 1) % Self.ways
    let place = old ?? places.first { entries[$0] == nil } ?? first + turn
    entries[place] = entry
    return entry
  }
}

extension RequestHead {
  /// The head of a request that came over a connection.
  init(_ head: HeaderList, from front: any Front) {
    self.init(
      verb: head.string(of: ":method") ?? "",
      path: head.string(of: ":path") ?? "",
      fields: head,
      peer: front.peer,
      certified: front.certified
    )
  }
}

/// The way of calls with one head to another service: all that is the same for each of them.
final class Way {
  let forwarding: Forwarding
  /// The head towards the service.
  let head: HeadTemplate
  let upstream: Upstream?
  /// What changes the requests, if something does.
  let changing: (any Transcoder)?

  /// What an answer's head becomes towards the caller.
  final class Translation {
    /// The service's lasting fields.
    let from: HeaderList
    let head: HeadTemplate
    let status: Int
    /// Whether the body is a stream of envelopes.
    let isStream: Bool

    init(of lasting: HeaderList, _ forwarding: Forwarding) {
      from = lasting
      var list = HeaderList()
      list.append(contentsOf: lasting) { name, _ in !HopByHop.includes(name) }
      list.append(fields: forwarding.answerFields)
      head = HeadTemplate(list)
      status = list.status ?? 500
      isStream = Relay.isStream(list)
    }
  }

  /// That of the last answer.
  @exclusivity(unchecked) private var latest: Translation?
  /// What the cache at the door gave last, for the next call.
  @exclusivity(unchecked) var cached: Cached?

  /// Prepares the head of a request that was let in.
  init(_ forwarding: Forwarding, of head: HeaderList, upstream: Upstream?) {
    self.forwarding = forwarding
    self.upstream = upstream
    let set = forwarding.set
    let transcoder = forwarding.transcoder.flatMap { $0.changesRequest ? $0 : nil }
    changing = transcoder
    let path = transcoder?.path
    var list = HeaderList()
    if let path {
      list = HeaderList(
        method: "POST",
        scheme: "http",
        authority: head.string(of: ":authority") ?? "",
        path: path
      )
    }
    list.append(contentsOf: head) { name, _ in
      !HopByHop.includes(name) && !HopByHop.isLength(name) && !HopByHop.isNamed(name, in: set)
        && (transcoder == nil || !HopByHop.isCoding(name))
        && !CallerTrace.isParent(name) && !CallerTrace.isState(name)
        && (path == nil || name.first != UInt8(ascii: ":"))
    }
    if let transcoder { list.append("content-type", transcoder.contentType) }
    list.append(fields: set.filter { !$0.value.isEmpty })
    self.head = HeadTemplate(list)
  }

  /// Whether its ticket lets one more call in.
  var admitsAnother: Bool { forwarding.ticket?.admitsAnother() == true }

  /// What becomes of the head of an answer that passes as it is.
  func answer(to head: Head) -> Translation {
    if let latest, latest.from.isSame(as: head) { return latest }
    let translation = Translation(of: HeaderList(lastingOf: head), forwarding)
    latest = translation
    return translation
  }
}
