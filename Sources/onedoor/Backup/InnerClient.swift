internal import Connect
internal import Foundation
internal import Host
internal import Kernel
internal import Messages
internal import Service

/// Asks a running service, as an operator, for what stands under `/admin/` of its inner port.
struct InnerClient: Sendable {
  private let service: String
  private let client: GatewayClient

  /// A client with the operator's certificate, or with a pass that the service's own key signs.
  ///
  /// - Throws: ``Failure`` if there is neither.
  init(_ service: String, _ configuration: Configuration) throws {
    self.service = service
    let certified = try GatewayClient(inner: service, configuration)
    do {
      let pass = Pass(
        issuer: service,
        subject: service,
        roles: [.service],
        halls: [configuration.hall],
        expiresAt: Instant.realNow.advanced(byMilliseconds: Pass.lifetime)
      )
      let keyring = try KeyFolder(path: configuration.keysFolder).keyring(of: service)
      client = GatewayClient(
        address: certified.address,
        fields: [("onedoor-pass", try keyring.seal(pass))],
        secured: certified.secured
      )
    } catch {
      // Over mutual TLS the operator's certificate is enough.
      guard certified.secured != nil else { throw Failure(.notAllowed, "\(service): \(error)") }
      client = certified
    }
  }

  /// Asks, and tells each line of the answer as it comes.
  ///
  /// - Throws: ``Failure``, with the service's name before what it says.
  func post(
    _ path: String,
    _ body: String,
    each: @Sendable (String) async throws -> Void = { _ in }
  ) async throws {
    do {
      try await client.post(path, Array(body.utf8), each: each)
    } catch let failure as Failure {
      throw Failure(failure.status, "\(service): \(failure.description)")
    }
  }
}

extension GatewayClient {
  /// Sends a body by POST to a path of an inner port, and tells each line of the answer as it
  /// comes.
  ///
  /// - Throws: ``Failure`` for any status but 200.
  fileprivate func post(
    _ path: String,
    _ body: [UInt8],
    each: @Sendable (String) async throws -> Void
  ) async throws {
    try await connected { connection in
      let stream = try await connection.open(operatorHead(path), body: body)
      var rest: [UInt8] = []
      while let piece = try await stream.next() {
        rest += piece
        while stream.status == 200, let end = rest.firstIndex(of: 0x0A) {
          try await each(String(decoding: rest[..<end], as: UTF8.self))
          rest.removeFirst(end + 1)
        }
      }
      guard stream.status == 200 else {
        let text = String(decoding: rest, as: UTF8.self).trimmingCharacters(in: .newlines)
        throw Failure(Self.status(stream.status), text)
      }
    }
  }

  private static func status(_ status: Int) -> Failure.Status {
    switch status {
    case 400: .invalid
    case 403: .notAllowed
    // Another backup is being made, or a hold was over.
    case 409, 410: .tryAgain
    case 404: .notFound
    default: .fault
    }
  }
}
