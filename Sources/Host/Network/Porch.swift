internal import CLinux
internal import Dispatch
internal import Foundation
internal import Glibc
internal import NIOCore

/// A connection that has begun to speak.
struct Arrival: Sendable {
  /// The socket; whoever gets the arrival closes it.
  let descriptor: CInt
  /// The address that it comes from.
  let peer: String
  /// The network of the address, which it is counted for.
  let source: String
  /// When it was taken.
  let accepted: NIODeadline
}

/// Takes the connections of a server and holds each until it says something; only then a loop gets
/// it.
///
/// A loop is told at once of all that happened, and works through it before it serves anybody, so
/// ten thousand connections that come, say nothing and go would keep everybody waiting. Here they
/// have a thread of their own and cost a descriptor and some bytes each.
final class Porch: Sendable {
  /// The port that is listened on.
  let port: Int
  private let bell: CInt
  private let ended = DispatchGroup()

  /// Begins to listen.
  ///
  /// - Parameters:
  ///   - address: Where; port 0 is any free one.
  ///   - limits: How many connections there may be, and how long they may say nothing.
  ///   - count: The connections of the server.
  ///   - crowd: Asks for room, because there are too many and hardly any of them is silent.
  ///   - admit: Gets each one that speaks; both are called on the porch's thread.
  /// - Throws: An error of the system if the address cannot be bound.
  init(
    at address: Address,
    limits: ServerLimits,
    count: ConnectionCount,
    crowd: @escaping @Sendable () -> Void,
    admit: @escaping @Sendable (Arrival) -> Void
  ) throws {
    let listener = try ListeningSocket(address)
    port = listener.port
    bell = eventfd(0, CInt(EFD_CLOEXEC))
    let poll = epoll_create1(CInt(EPOLL_CLOEXEC))
    guard bell >= 0, poll >= 0, PorchKeeper.watch(bell, in: poll),
      PorchKeeper.watch(listener.descriptor, in: poll)
    else {
      let error = IOError(errnoCode: errno, reason: "epoll")
      // The bell is closed with the porch, which has all its parts by now.
      for one in [poll, listener.descriptor] where one >= 0 { close(one) }
      throw error
    }
    ended.enter()
    let thread = Thread { [self] in
      let keeper = PorchKeeper(
        listener,
        poll: poll,
        bell: bell,
        limits: limits,
        count: count,
        crowd: crowd,
        admit: admit
      )
      keeper.run()
      ended.leave()
    }
    thread.name = "porch"
    thread.start()
  }

  deinit {
    close(bell)
  }

  /// Listens no more, and closes the connections that have said nothing.
  func stop() async {
    var one: UInt64 = 1
    write(bell, &one, MemoryLayout<UInt64>.size)
    await withCheckedContinuation { continuation in
      ended.notify(queue: .global()) { continuation.resume() }
    }
  }
}
