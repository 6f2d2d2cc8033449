import Service
import Simulation
import Storage
import Testing

@Suite struct SimulatorTests {
  private static let steps = 300

  @Test(arguments: UInt64(0)..<20)
  func `All goes as the auditor predicts`(seed: UInt64) throws {
    let tally = try Simulator.run(seed: seed, steps: Self.steps)
    #expect(tally.granted > 20)
    #expect(tally.refused > 5)
    #expect(tally.crashes > 2)
    #expect(tally.entries > 50)
  }

  @Test func `The same seed does the same to the last byte`() throws {
    let first = try Simulator.run(seed: 3, steps: 100)
    #expect(try Simulator.run(seed: 3, steps: 100) == first)
    #expect(try Simulator.run(seed: 4, steps: 100) != first)
  }

  /// What was broken on purpose, for the auditor to find.
  enum Plant: CaseIterable {
    case staleAcceptance, staleConsent, lostStalePause

    var services: SimulatedServices {
      var services = SimulatedServices()
      switch self {
      case .staleAcceptance: services.intake.forgetStamps(of: "deemed-acceptance")
      case .staleConsent: services.approval.forgetStamps(of: "tacit-consent")
      case .lostStalePause: services.monitoring.timers["stale-pause"] = { _, _ in }
      }
      return services
    }
  }

  @Test(arguments: Plant.allCases)
  func `A planted fault is found`(plant: Plant) throws {
    let failures = (UInt64(0)..<20).lazy.compactMap { seed in
      do {
        _ = try Simulator.run(seed: seed, steps: Self.steps, services: plant.services)
        return nil as SimulationFailure?
      } catch {
        return error as? SimulationFailure
      }
    }
    let failure = try #require(failures.first)
    #expect(failure.history.count <= 40)
    #expect(failure.description.hasPrefix("seed \(failure.seed), step \(failure.step): "))
  }
}

extension Definition {
  /// Lets the timers of a kind take effect whatever their stamps say.
  fileprivate mutating func forgetStamps(of kind: String) {
    guard let effect = timers[kind] else { return }
    timers[kind] = { timer, writing in
      for stamp in Int64(0)...9 {
        var timer = timer
        timer.stamp = stamp
        try effect(timer, writing)
      }
    }
  }
}
