internal import CLinux
internal import Glibc
internal import NIOCore

extension Channel {
  /// How many bytes the peer's system has acknowledged since the connection began, asked on its
  /// loop; nil if the channel is no TCP connection, or one that is over.
  ///
  /// What was handed to this system says little of what a peer takes: some megabytes of it may lie
  /// here, and to one who takes them slowly nothing more is handed over for minutes.
  ///
  /// - Source: Linux, `TCP_INFO`
  var acknowledged: Int? {
    guard let socket = self as? any SocketOptionProvider else { return nil }
    var count: Int?
    let told: EventLoopFuture<onedoor_tcp_info> = socket.unsafeGetSocketOption(
      level: .tcp,
      name: NIOBSDSocket.Option(rawValue: TCP_INFO)
    )
    // On the loop it is told at once.
    told.assumeIsolated().whenSuccess { count = Int($0.bytes_acked) }
    return count
  }
}
