internal import Foundation
internal import Host
internal import Kernel
internal import Messages
internal import Service
internal import Synchronization

/// Asks services what only an operator may, at their inner ports.
///
/// A service believes who signs with its own key, and who shows the operator's certificate.
struct OperatorClient: Sendable {
  /// The service that is asked.
  let service: String
  private let client: GatewayClient

  /// How long a service may take to answer, apart from a check of its whole store.
  private static let patience = Duration.seconds(10)

  /// - Throws: ``Failure`` if there is neither the service's key nor the operator's certificate.
  init(_ service: String, _ configuration: Configuration) throws {
    self.service = service
    var fields: [(String, String)] = []
    do {
      let keyring = try KeyFolder(path: configuration.keysFolder).keyring(of: service)
      let pass = Pass(
        issuer: service,
        subject: service,
        roles: [.service],
        halls: [configuration.hall],
        expiresAt: Instant.realNow.advanced(byMilliseconds: Pass.lifetime)
      )
      fields = [("onedoor-pass", try keyring.seal(pass))]
    } catch {
      // By TLS the operator's certificate suffices.
      guard configuration.isCallingSecured(service) else {
        throw Failure(.notAllowed, "\(service): \(error)")
      }
    }
    client = try GatewayClient(inner: service, configuration, fields: fields)
  }

  /// Asks and decodes the answer.
  ///
  /// - Throws: ``Failure``.
  func ask<Answer: Decodable>(_ path: String, _ body: [UInt8] = []) async throws -> Answer {
    let answer = try await client.post(path, body, deadline: Self.patience)
    guard answer.status == 200 else {
      let text = String(decoding: answer.body, as: UTF8.self)
        .trimmingCharacters(in: .whitespacesAndNewlines)
      let status: Failure.Status = answer.status == 403 ? .notAllowed : .fault
      throw Failure(status, "\(service): \(answer.status) \(text)")
    }
    do {
      return try JSONDecoder().decode(Answer.self, from: Data(answer.body))
    } catch {
      throw Failure(.fault, "\(service): an answer of another version to \(path)")
    }
  }

  /// Lets the service verify its store.
  ///
  /// - Parameter each: Told each line of the answer.
  /// - Returns: The last line.
  /// - Throws: ``Failure``, also if the answer is cut off.
  func verify(
    each: @escaping @Sendable (VerifyLine) -> Void
  ) async throws -> VerifyLine.End {
    let last = LastLine()
    try await client.lines("/admin/verify") { bytes in
      let line = try JSONDecoder().decode(VerifyLine.self, from: Data(bytes))
      if let end = line.end { last.set(end) }
      each(line)
    }
    guard let end = last.value else {
      throw Failure(.unavailable, "\(service): the check was cut off")
    }
    return end
  }
}

/// The last line of an answer.
private final class LastLine: Sendable {
  private let end = Mutex<VerifyLine.End?>(nil)

  var value: VerifyLine.End? { end.withLock { $0 } }
  func set(_ line: VerifyLine.End) { end.withLock { $0 = line } }
}
