internal import CEpoll
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

  /// A connection that has said nothing yet.
  private struct Silent {
    var serial: UInt64
    var source: String
    var accepted: NIODeadline
    var isCrowded: Bool
  }

  private let listener: ListeningSocket
  private let poll: CInt
  private let bell: CInt
  private let patience: TimeAmount
  private let count: ConnectionCount
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
  /// Until when none is taken; nil if the listener is looked at.
  private var pausedUntil: NIODeadline?

  init(
    _ listener: ListeningSocket,
    poll: CInt,
    bell: CInt,
    limits: ServerLimits,
    count: ConnectionCount,
    _ admit: @escaping (Arrival) -> Void
  ) {
    self.listener = listener
    self.poll = poll
    self.bell = bell
    patience = TimeAmount(limits.headerTimeout)
    self.count = count
    self.admit = admit
  }

  /// Works until the bell rings; then it closes all that it has.
  func run() {
    watch(bell)
    watch(listener.descriptor)
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

  @discardableResult
  private func watch(_ descriptor: CInt) -> Bool {
    var event = epoll_event(events: EPOLLIN.rawValue, data: epoll_data(fd: descriptor))
    return epoll_ctl(poll, EPOLL_CTL_ADD, descriptor, &event) == 0
  }

  private func forget(_ descriptor: CInt) {
    var event = epoll_event()
    epoll_ctl(poll, EPOLL_CTL_DEL, descriptor, &event)
  }

  // MARK: - Coming

  private func acceptSome() {
    for _ in 0..<Self.batch {
      let (descriptor, address) = listener.accept()
      if descriptor >= 0 {
        take(descriptor, SourceNetwork.of(address))
        continue
      }
      switch errno {
      case EAGAIN: return
      case EMFILE, ENFILE, ENOBUFS, ENOMEM:
        if relieve() { continue }
        // It stays acceptable, so the listener would be told of again and again.
        forget(listener.descriptor)
        pausedUntil = .now() + Self.pause
        return
      // The peer may have gone before it was taken (accept(2)), and others wait behind it.
      default: continue
      }
    }
  }

  private func take(_ descriptor: CInt, _ source: String) {
    var isCrowded = false
    switch count.enter(source) {
    case .welcome: break
    case .crowded: isCrowded = !relieve()
    case .greedy:
      close(descriptor)
      return
    }
    serial += 1
    silent[descriptor] = Silent(
      serial: serial,
      source: source,
      accepted: .now(),
      isCrowded: isCrowded
    )
    order.append((descriptor, serial))
    if !watch(descriptor) { drop(descriptor) }
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
    admit(
      Arrival(
        descriptor: descriptor,
        source: one.source,
        accepted: one.accepted,
        isCrowded: one.isCrowded
      )
    )
  }

  private func drop(_ descriptor: CInt) {
    guard let one = silent.removeValue(forKey: descriptor) else { return }
    close(descriptor)
    count.leave(one.source)
  }

  /// Closes an eighth of those that say nothing, those that came first.
  ///
  /// - Returns: Whether there was one.
  private func relieve() -> Bool {
    let wanted = (silent.count + 7) / 8
    var closed = 0
    while closed < wanted, dropFirst(where: { _ in true }) { closed += 1 }
    return wanted > 0
  }

  private func expire() {
    let now = NIODeadline.now()
    while dropFirst(where: { $0.accepted + patience <= now }) {}
    if let until = pausedUntil, until <= now {
      pausedUntil = nil
      watch(listener.descriptor)
    }
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
