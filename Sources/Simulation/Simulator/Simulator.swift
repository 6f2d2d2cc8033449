internal import Approval
internal import Intake
internal import Kernel
internal import Messages
internal import Monitoring
package import Service

/// The rooms of a simulation, so that a test can put a broken one in.
package struct SimulatedServices: Sendable {
  /// Intake.
  package var intake = Definition.intake(region: Room.hall)
  /// Approval.
  package var approval = Definition.approval()
  /// Monitoring.
  package var monitoring = Definition.monitoring()

  package init() {}
}

/// How much a simulation has done.
package struct SimulationTally: Sendable, Hashable {
  /// Calls that were answered.
  package var granted = 0
  /// Calls that were refused, as they had to be.
  package var refused = 0
  /// Calls that were made a second time under the same key.
  package var repeats = 0
  /// Crashes of a room.
  package var crashes = 0
  /// Offers of entries to a room.
  package var deliveries = 0
  /// Entries that the rooms have published, by type; alerts and their endings by grade.
  package var published: [String: Int] = [:]

  /// The hash of each room's last entry, which depends on all that it has published.
  package var heads: [String: [UInt8]] = [:]

  package init() {}

  /// How many entries the rooms have published.
  package var entries: Int { published.values.reduce(0, +) }

  /// Adds what another simulation has done; the heads of feeds cannot be added.
  package mutating func add(_ other: Self) {
    granted += other.granted
    refused += other.refused
    repeats += other.repeats
    crashes += other.crashes
    deliveries += other.deliveries
    published.merge(other.published, uniquingKeysWith: +)
  }
}

/// A simulation that went otherwise than its auditor predicted.
package struct SimulationFailure: Error, CustomStringConvertible {
  /// The seed, from which the same run comes again.
  package let seed: UInt64
  /// The step, from 0.
  package let step: Int
  /// What was otherwise.
  package let deviation: String
  /// The last lines of the history.
  package let history: [String]

  package var description: String {
    """
    seed \(seed), step \(step): \(deviation)
    \(history.joined(separator: "\n"))
    """
  }
}

/// Intake, approval and monitoring in one thread, under one seed and one clock.
///
/// A workload proposes calls, deliveries, crashes and the passing of time; an auditor predicts with
/// `Law` what each step publishes, and compares. Engines, stores, feeds and rules are the real
/// ones; the catalogue's feed is played.
///
/// ```swift
/// let tally = try Simulator.run(seed: 7, steps: 250)
/// ```
package enum Simulator {
  /// After how many steps each store is verified: whatever happens, it must be found sound.
  private static let verified = 50

  /// Runs one simulation to its end.
  ///
  /// - Parameters:
  ///   - seed: From which everything follows.
  ///   - steps: How many steps; afterwards all is delivered and time passes.
  ///   - services: The rooms.
  /// - Returns: How much was done.
  /// - Throws: ``SimulationFailure``.
  @discardableResult
  package static func run(
    seed: UInt64,
    steps: Int,
    services: SimulatedServices = SimulatedServices()
  ) throws -> SimulationTally {
    let hallway: Hallway
    var workload = Workload(seed: seed)
    var step = 0
    hallway = try Hallway(services, seed: seed)
    do {
      while step < steps {
        try workload.step(hallway)
        step += 1
        if step % Self.verified == 0 { try hallway.verifyStores() }
      }
      try workload.finish(hallway)
      try hallway.checkTheEnd()
      try hallway.verifyStores()
    } catch {
      throw SimulationFailure(
        seed: seed,
        step: step,
        deviation: (error as? Deviation)?.text ?? String(describing: error),
        history: hallway.history.suffix(40)
      )
    }
    return hallway.finalTally
  }
}
