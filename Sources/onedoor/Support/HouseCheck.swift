internal import Foundation
internal import Host
internal import Service
internal import Synchronization

/// A check of the stores of several services, each by itself and then against each other.
struct HouseCheck: Sendable {
  /// Something wrong, with the service whose store it is.
  struct Fault: Sendable, Encodable {
    var service: String
    var fault: StoredFault
  }

  /// What came of it.
  struct Result: Sendable {
    var faults: [Fault] = []
    /// How many faults were counted and not named, by service; only where there are some.
    var unnamed: [String: Int64] = [:]
    /// Where each feed ends, and how much was looked at.
    var ends: [String: VerifyLine.End] = [:]
    /// What could not be checked, and why, by service.
    var failures: [String: Failure] = [:]

    /// Named or not.
    var countOfFaults: Int64 { Int64(faults.count) + unnamed.values.reduce(0, +) }
    /// The first service in order that could not be checked, and why.
    var firstFailure: Failure? { Services.names.lazy.compactMap { failures[$0] }.first }
  }

  /// What a service's check of its store found.
  private struct Found: Sendable {
    var faults: [StoredFault] = []
    var unnamed: Int64 = 0
    var end: VerifyLine.End?
    var failure: Failure?
  }

  /// Whose stores are checked.
  let services: [String]
  let configuration: Configuration
  /// Told how far a service's check has come.
  let progress: @Sendable (_ service: String, _ part: String, _ done: Int64) -> Void

  /// Checks all stores beside one another; that one cannot be checked stops no other.
  func run() async -> Result {
    let found = await withTaskGroup(of: (String, Found).self) { group in
      for service in Set(services) { group.addTask { (service, await look(into: service)) } }
      return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
    }
    var result = Result()
    for service in Services.names {
      guard let found = found[service] else { continue }
      result.faults += found.faults.map { Fault(service: service, fault: $0) }
      result.unnamed[service] = found.unnamed > 0 ? found.unnamed : nil
      result.ends[service] = found.end
      result.failures[service] = found.failure
    }
    await compare(&result)
    return result
  }

  private func look(into service: String) async -> Found {
    let found = Mutex(Found())
    do {
      let end = try await OperatorClient(service, configuration).verify { line in
        if let count = line.progress { progress(service, count.part, count.count) }
        if let fault = line.fault { found.withLock { $0.faults.append(fault) } }
        if let more = line.more { found.withLock { $0.unnamed += more.count } }
      }
      found.withLock { $0.end = end }
    } catch {
      let failure = error as? Failure ?? Failure(.fault, "\(service): \(error)")
      found.withLock { $0.failure = failure }
    }
    return found.withLock { $0 }
  }

  /// Asks each followed service whether its feed holds what its followers saw in it.
  ///
  /// A feed whose end was cut off is sound by itself; only who followed it knows better.
  private func compare(_ result: inout Result) async {
    var claims: [String: [(follower: String, place: VerifyLine.Place)]] = [:]
    for (follower, end) in result.ends {
      for place in end.cursors where place.position > 0 {
        claims[place.feed, default: []].append((follower, place))
      }
    }
    for (feed, claims) in claims.sorted(by: { $0.key < $1.key }) {
      let claims = claims.sorted { $0.follower < $1.follower }
      do {
        let body = try Array(JSONEncoder().encode(claims.map(\.place)))
        let answers: [PlaceAnswer] = try await OperatorClient(feed, configuration)
          .ask("/admin/places", body)
        for (claim, answer) in zip(claims, answers) {
          guard let fault = answer.fault(of: claim.follower) else { continue }
          result.faults.append(Fault(service: feed, fault: fault))
        }
      } catch {
        let failure = error as? Failure ?? Failure(.fault, "\(feed): \(error)")
        result.failures[feed] = result.failures[feed] ?? failure
      }
    }
  }
}

extension HouseCheck.Fault: CustomStringConvertible {
  /// One line: service, what, subject, position, stored, expected.
  var description: String {
    let place = fault.position.map { " at entry \($0)" } ?? ""
    return "\(service) \(fault.what.rawValue): \(fault.subject)\(place): "
      + "stored \(fault.stored), expected \(fault.expected)"
  }
}
