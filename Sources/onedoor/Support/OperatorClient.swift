internal import Foundation
internal import Host
internal import Kernel
internal import Messages
internal import Service
internal import Synchronization

/// Asks services what only an operator may, at their inner ports.
///
/// A service believes who signs an operator's pass with its own key, and who shows the operator's
/// certificate.
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
      let pass = Pass.ofOperator(at: service, hall: configuration.hall, now: .realNow)
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
      throw named(Failure(operatorAnswer: answer.status, answer.body))
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
    try await tell("/admin/verify") { bytes in
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

extension OperatorClient {
  /// Asks, and hands over each line of the answer as it comes.
  ///
  /// - Throws: ``Failure``, with the service's name before what it says.
  func tell(
    _ path: String,
    _ body: String = "",
    deadline: Duration? = nil,
    each: @Sendable ([UInt8]) async throws -> Void = { _ in }
  ) async throws {
    do {
      try await client.lines(path, Array(body.utf8), deadline: deadline, each: each)
    } catch let failure as Failure {
      throw named(failure)
    }
  }

  private func named(_ failure: Failure) -> Failure {
    Failure(failure.status, "\(service): \(failure.description)")
  }
}

extension Failure {
  /// What an operator's question was refused with: a status and a line of text.
  init(operatorAnswer status: Int, _ body: [UInt8]) {
    let kind: Status =
      switch status {
      case 400: .invalid
      case 403: .notAllowed
      case 404: .notFound
      // Another backup is being made, or a hold was over.
      case 409, 410: .tryAgain
      default: .fault
      }
    let text = String(decoding: body, as: UTF8.self)
    self.init(kind, "\(status) \(text.trimmingCharacters(in: .whitespacesAndNewlines))")
  }
}

/// The last line of an answer.
private final class LastLine: Sendable {
  private let end = Mutex<VerifyLine.End?>(nil)

  var value: VerifyLine.End? { end.withLock { $0 } }
  func set(_ line: VerifyLine.End) { end.withLock { $0 = line } }
}
