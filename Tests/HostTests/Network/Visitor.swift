import Glibc
import NIOCore
import Testing

/// A connection to a server on loopback, made by the system alone.
final class Visitor: Sendable {
  let descriptor: CInt

  /// Connects.
  ///
  /// - Parameters:
  ///   - port: Where.
  ///   - room: How many bytes the system takes before they are read; nil for as many as it likes.
  ///   - host: The last byte of its own address, 127.0.0.`host`.
  /// - Throws: `IOError`.
  init(_ port: Int, room: CInt? = nil, from host: UInt8 = 1) throws {
    descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
    if var room {
      let size = socklen_t(MemoryLayout<CInt>.size)
      setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &room, size)
    }
    let size = socklen_t(MemoryLayout<sockaddr_in>.size)
    if host != 1 {
      let result = Self.withAddress(host, 0) { bind(descriptor, $0, size) }
      guard result == 0 else { throw IOError(errnoCode: errno, reason: "bind") }
    }
    let result = Self.withAddress(1, port) { Glibc.connect(descriptor, $0, size) }
    guard result == 0 else { throw IOError(errnoCode: errno, reason: "connect") }
  }

  private static func withAddress(
    _ host: UInt8,
    _ port: Int,
    _ body: (UnsafePointer<sockaddr>) -> CInt
  ) -> CInt {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    address.sin_addr.s_addr = (in_addr_t(0x7F00_0000) | in_addr_t(host)).bigEndian
    return withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0) }
    }
  }

  deinit {
    close(descriptor)
  }

  func say(_ bytes: [UInt8]) {
    #expect(send(descriptor, bytes, bytes.count, CInt(MSG_NOSIGNAL)) == bytes.count)
  }

  /// Reads what is there, at most so many bytes.
  ///
  /// - Returns: How many bytes there were; nil at the end of the connection.
  func read(_ most: Int) -> Int? {
    var buffer = [UInt8](repeating: 0, count: most)
    let length = recv(descriptor, &buffer, most, CInt(MSG_DONTWAIT))
    if length < 0, errno == EAGAIN { return 0 }
    return length > 0 ? length : nil
  }

  /// Whether the other side has closed.
  var isClosed: Bool {
    var byte: UInt8 = 0
    let length = recv(descriptor, &byte, 1, CInt(MSG_DONTWAIT | MSG_PEEK))
    return length == 0 || length < 0 && errno != EAGAIN
  }
}
