internal import CLinux
internal import Glibc
internal import NIOCore
internal import Service

/// What the porch's thread knows and does.
///
/// - Source: epoll(7), level-triggered.
final class PorchKeeper {
  /// How many events, and how many new connections, are worked at before others are looked for.
  private static let batch = 256
  /// How long none is taken after the system had no room for one that it closed.
  private static let pause = TimeAmount.milliseconds(100)

  /// After how many connections others go first on the processor.
  ///
  /// Nearly all of the work is the system's, and a thread that does not wait is let work until the
  /// next tick, 4 ms where Linux ticks 250 times a second: so long would a loop wait, and what the
  /// system does for its sockets.
  private static let turn = 16

  /// For how long a connection that says nothing goes only if there are many of them: who has just
  /// come may be about to speak.
  private static let benefit = TimeAmount.seconds(1)

  /// A connection that has said nothing yet.
  private struct Silent {
    var serial: UInt64
    var peer: String
    var source: String
    var accepted: NIODeadline
  }

  private let listener: ListeningSocket
  private let poll: CInt
  private let bell: CInt
  private let patience: TimeAmount
  /// How many silent ones are many.
  private let many: Int
  private let count: ConnectionCount
  private let crowd: () -> Void
  private let admit: (Arrival) -> Void

  private var silent: [CInt: Silent] = [:]
  /// The connections in the order in which they came.
  ///
  /// Those that have spoken or gone are still here, their descriptors under another number, until
  /// they are at its beginning.
  private var order: [(descriptor: CInt, serial: UInt64)] = []
  /// How many at the beginning of the order are done with.
  private var done = 0
  private var serial: UInt64 = 0
  /// How many connections came, spoke or went.
  private var moves = 0
  /// Until when none is taken; nil if the listener is looked at.
  private var pausedUntil: NIODeadline?

  init(
    _ listener: ListeningSocket,
    poll: CInt,
    bell: CInt,
    limits: ServerLimits,
    count: ConnectionCount,
    crowd: @escaping () -> Void,
    admit: @escaping (Arrival) -> Void
  ) {
    self.listener = listener
    self.poll = poll
    self.bell = bell
    patience = TimeAmount(limits.headerTimeout)
    many = max(1, limits.connections / 8)
    self.count = count
    self.crowd = crowd
    self.admit = admit
  }

  /// Works until the bell rings; then it closes all that it has.
  func run() {
    var events = [epoll_event](repeating: epoll_event(), count: Self.batch)
    while true {
      let found = epoll_wait(poll, &events, CInt(events.count), milliseconds)
      for event in events.prefix(Int(max(0, found))) {
        switch event.data.fd {
        case bell: return end()
        case listener.descriptor: acceptSome()
        case let descriptor: look(at: descriptor)
        }
      }
      expire()
    }
  }

  private func end() {
    close(listener.descriptor)
    for descriptor in Array(silent.keys) { drop(descriptor) }
    close(poll)
  }

  /// How long nothing can become due; -1 for ever.
  private var milliseconds: CInt {
    let first = order.indices.contains(done) ? silent[order[done].descriptor] : nil
    let due = [first.map { $0.accepted + patience }, pausedUntil].compactMap { $0 }.min()
    guard let due else { return -1 }
    // Rounded up, or it would be looked at too early, again and again.
    let rest = due - .now() + .nanoseconds(999_999)
    return CInt(clamping: max(0, rest.nanoseconds / 1_000_000))
  }

  /// Has the system tell when a descriptor can be read.
  ///
  /// - Returns: Whether there was room for it.
  static func watch(_ descriptor: CInt, in poll: CInt) -> Bool {
    var event = epoll_event(events: EPOLLIN.rawValue, data: epoll_data(fd: descriptor))
    return epoll_ctl(poll, EPOLL_CTL_ADD, descriptor, &event) == 0
  }

  private func forget(_ descriptor: CInt) {
    var event = epoll_event()
    epoll_ctl(poll, EPOLL_CTL_DEL, descriptor, &event)
  }

  /// Notes that a connection came, spoke or went, and lets others go first now and then.
  private func moved() {
    moves += 1
    if moves % Self.turn == 0 { sched_yield() }
  }

  // MARK: - Coming

  private func acceptSome() {
    for _ in 0..<Self.batch {
      let (descriptor, address) = listener.accept()
      if descriptor >= 0 {
        take(descriptor, address)
        continue
      }
      switch errno {
      case EAGAIN: return
      // The peer has gone before it was taken, or the network has (accept(2)); others wait behind.
      case ECONNABORTED, EINTR, EPROTO, EPERM, ENETDOWN, ENETUNREACH, EHOSTDOWN, EHOSTUNREACH:
        continue
      default:
        if relieve(mayBeNew: true) { continue }
        // It stays acceptable, so the listener would be told of again and again.
        forget(listener.descriptor)
        pausedUntil = .now() + Self.pause
        return
      }
    }
  }

  private func take(_ descriptor: CInt, _ address: String) {
    moved()
    let source = SourceNetwork.of(address)
    switch count.enter(source) {
    case .welcome: break
    case .crowded:
      if !relieve(mayBeNew: silent.count >= many) { crowd() }
    case .greedy:
      close(descriptor)
      return
    }
    serial += 1
    silent[descriptor] = Silent(
      serial: serial,
      peer: address,
      source: source,
      accepted: .now()
    )
    order.append((descriptor, serial))
    if !Self.watch(descriptor, in: poll) { drop(descriptor) }
  }

  // MARK: - Speaking and going

  private func look(at descriptor: CInt) {
    guard let one = silent[descriptor] else { return }
    var byte: UInt8 = 0
    let length = recv(descriptor, &byte, 1, CInt(MSG_PEEK | MSG_DONTWAIT))
    guard length > 0 else {
      if length == 0 || (errno != EAGAIN && errno != EINTR) { drop(descriptor) }
      return
    }
    silent[descriptor] = nil
    forget(descriptor)
    moved()
    admit(
      Arrival(
        descriptor: descriptor,
        peer: one.peer,
        source: one.source,
        accepted: one.accepted
      )
    )
  }

  private func drop(_ descriptor: CInt) {
    guard let one = silent.removeValue(forKey: descriptor) else { return }
    close(descriptor)
    count.leave(one.source)
    moved()
  }

  /// Closes an eighth of those that say nothing, those that came first.
  ///
  /// - Parameter mayBeNew: Whether those may go that have just come.
  /// - Returns: Whether there was one.
  private func relieve(mayBeNew: Bool) -> Bool {
    let wanted = (silent.count + 7) / 8
    let newest = NIODeadline.now() - Self.benefit
    var closed = 0
    while closed < wanted, dropFirst(where: { mayBeNew || $0.accepted <= newest }) { closed += 1 }
    return closed > 0
  }

  private func expire() {
    let now = NIODeadline.now()
    // What is left is due still, so it is looked at again behind the next events.
    var closed = 0
    while closed < Self.batch, dropFirst(where: { $0.accepted + patience <= now }) { closed += 1 }
    guard let until = pausedUntil, until <= now else { return }
    pausedUntil = Self.watch(listener.descriptor, in: poll) ? nil : now + Self.pause
  }

  /// Closes the one that came first of those that are still here, if it is to go.
  ///
  /// - Returns: Whether one was closed.
  private func dropFirst(where isToGo: (Silent) -> Bool) -> Bool {
    defer {
      if done > 1_024, done > order.count / 2 {
        order.removeFirst(done)
        done = 0
      }
    }
    while done < order.count {
      let (descriptor, serial) = order[done]
      guard let one = silent[descriptor], one.serial == serial else {
        done += 1
        continue
      }
      guard isToGo(one) else { return false }
      done += 1
      drop(descriptor)
      return true
    }
    return false
  }
}
