internal import CLinux
internal import Glibc
internal import NIOCore
internal import Service

extension Address {
  /// Whether somebody listens there, so that nobody else can.
  ///
  /// Asked by listening for a moment: for one's own addresses only.
  package var isTaken: Bool {
    do {
      close(try ListeningSocket(self).descriptor)
      return false
    } catch {
      return (error as? IOError)?.errnoCode == EADDRINUSE
    }
  }
}

/// A socket that connections come in at, and what is known of each that came.
struct ListeningSocket {
  /// How many connections may wait to be taken.
  private static let backlog: CInt = 1_024

  /// The socket; it does not block.
  let descriptor: CInt
  /// The port that it listens on.
  let port: Int

  /// Begins to listen.
  ///
  /// - Parameter address: Where; port 0 is any free one.
  /// - Throws: An error of the system if the address cannot be resolved or bound.
  init(_ address: Address) throws {
    let place = try SocketAddress.makeAddressResolvingHost(address.host, port: address.port)
    let kind = CInt(SOCK_STREAM.rawValue) | CInt(SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
    let made = socket(place.protocol.rawValue, kind, 0)
    guard made >= 0 else { throw IOError(errnoCode: errno, reason: "socket") }
    do {
      var yes: CInt = 1
      let size = socklen_t(MemoryLayout<CInt>.size)
      try Self.check(setsockopt(made, SOL_SOCKET, SO_REUSEADDR, &yes, size), "reuse")
      try place.withSockAddr { pointer, length in
        try Self.check(bind(made, pointer, socklen_t(length)), "bind \(address)")
      }
      try Self.check(listen(made, Self.backlog), "listen")
      port = try Self.port(of: made)
    } catch {
      close(made)
      throw error
    }
    descriptor = made
  }

  private static func check(_ result: CInt, _ what: String) throws {
    guard result == 0 else { throw IOError(errnoCode: errno, reason: what) }
  }

  private static func port(of descriptor: CInt) throws -> Int {
    var storage = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    try withUnsafeMutablePointer(to: &storage) { pointer in
      try pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        try check(getsockname(descriptor, $0, &length), "getsockname")
      }
    }
    let bytes = withUnsafeBytes(of: &storage) { ($0[2], $0[3]) }
    // The port stands at the same place in both families, its high byte first.
    return Int(bytes.0) << 8 | Int(bytes.1)
  }

  /// Takes a connection that waits.
  ///
  /// - Returns: Its descriptor, which does not block, or -1 with `errno`; and where it comes from.
  func accept() -> (descriptor: CInt, source: String) {
    var storage = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    let flags = CInt(SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
    let taken = withUnsafeMutablePointer(to: &storage) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        accept4(descriptor, $0, &length, flags)
      }
    }
    return (taken, taken < 0 ? "" : Self.text(of: &storage))
  }

  private static func text(of storage: inout sockaddr_storage) -> String {
    let family = CInt(storage.ss_family)
    // Where the address stands in `sockaddr_in` and `sockaddr_in6`.
    let offset = family == AF_INET6 ? 8 : 4
    return withUnsafeBytes(of: &storage) { bytes in
      withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(INET6_ADDRSTRLEN)) { text in
        guard let start = bytes.baseAddress, let room = text.baseAddress,
          inet_ntop(family, start + offset, room, socklen_t(text.count)) != nil
        else { return "" }
        return String(cString: room)
      }
    }
  }
}
