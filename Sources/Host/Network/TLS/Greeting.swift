internal import NIOCore
internal import NIOSSL
internal import NIOTLS
internal import SwiftASN1
internal import X509

/// Waits for the end of a server's TLS handshake, looks who it is, and goes on in the protocol that
/// was agreed on.
///
/// - Source: RFC 7301; RFC 9113, section 3.2: HTTP/2 only if ALPN says so.
final class Greeting: ChannelInboundHandler, RemovableChannelHandler, Kept {
  typealias InboundIn = ByteBuffer

  private let home: Home
  private let side: Security.Side
  private var context: ChannelHandlerContext?
  private let arrival: Arrival

  init(home: Home, side: Security.Side, _ arrival: Arrival) {
    self.home = home
    self.side = side
    self.arrival = arrival
  }

  func handlerAdded(context: ChannelHandlerContext) {
    self.context = context
    home.keep(self)
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    self.context = nil
    home.drop(self)
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    guard case .handshakeCompleted(let agreed) = event as? TLSUserEvent else {
      context.fireUserInboundEventTriggered(event)
      return
    }
    do {
      let certified = try certified(context)
      try Sniffer.install(
        agreed == "h2" ? .http2 : .http1,
        home: home,
        peer: arrival.peer,
        context: context,
        certified: certified
      )
    } catch {
      context.close(promise: nil)
      return
    }
    context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    context.close(promise: nil)
  }

  /// The name of a peer that had to show a certificate; nil where none has to.
  private func certified(_ context: ChannelHandlerContext) throws -> String? {
    guard case .inner(let peers) = side else { return nil }
    guard let shown = try context.pipeline.syncOperations.nioSSL_peerCertificate() else {
      throw SecurityFault.malformed("no certificate")
    }
    let names = try Certificate(derEncoded: shown.toDERBytes()).serviceNames
    guard let name = names.first(where: peers.contains) else {
      throw SecurityFault.mismatch(names.joined(separator: ", "))
    }
    return name
  }

  var idleSince: NIODeadline? { arrival.accepted }

  func tick() {
    if NIODeadline.now() - arrival.accepted > TimeAmount(home.limits.headerTimeout) { cut() }
  }

  func wind() {
    cut()
  }

  func cut() {
    context?.close(promise: nil)
  }
}

extension Certificate {
  /// The services that the certificate names.
  var serviceNames: [String] {
    guard let names = try? extensions.subjectAlternativeNames else { return [] }
    return names.compactMap { name in
      guard case .dnsName(let name) = name else { return nil }
      return ServiceName(certified: name)?.service
    }
  }
}

/// The name by which a service is certified.
package struct ServiceName: Sendable, Hashable {
  /// A domain that is kept free for private use.
  private static let domain = ".onedoor.internal"

  /// The service.
  package let service: String

  /// The name of a service.
  package init(_ service: String) {
    self.service = service
  }

  /// Reads a name in a certificate; nil if it is not that of a service.
  init?(certified: String) {
    guard certified.hasSuffix(Self.domain) else { return nil }
    self.init(String(certified.dropLast(Self.domain.count)))
  }

  /// The name as it stands in a certificate.
  package var certified: String { service + Self.domain }
}
