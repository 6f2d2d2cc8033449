extension Doctor {
  /// What a service's clock showed, and the command's own clock before and after it was asked.
  package struct ClockReading: Sendable, Hashable {
    package var service: String
    /// - Unit: milliseconds since 1970.
    package var theirs: Int64
    /// - Unit: milliseconds since 1970.
    package var before: Int64
    /// - Unit: milliseconds since 1970.
    package var after: Int64

    package init(service: String, theirs: Int64, before: Int64, after: Int64) {
      self.service = service
      self.theirs = theirs
      self.before = before
      self.after = after
    }

    /// Between what the other clock is ahead of this one, at least and at most.
    ///
    /// - Unit: milliseconds.
    var ahead: ClosedRange<Int64> { (theirs - max(before, after))...(theirs - min(before, after)) }
  }

  /// Whether the real clocks of services and command agree, and those of the services with each
  /// other.
  package static func clocks(_ readings: [ClockReading]) -> [Finding] {
    var findings: [Finding] = []
    for reading in readings {
      guard let finding = apart(reading.service, distance(reading.ahead, 0...0), "this machine's")
      else { continue }
      findings.append(finding)
    }
    for (index, one) in readings.enumerated() {
      for other in readings[(index + 1)...] {
        let name = "\(one.service) and \(other.service)"
        let finding = apart(name, distance(one.ahead, other.ahead), "each other's")
        if let finding { findings.append(finding) }
      }
    }
    guard findings.isEmpty, !readings.isEmpty else { return findings }
    return [Finding(.clocks, "house", .ok, "the real clocks of \(readings.count) services agree")]
  }

  /// How far two ranges lie apart at least, in milliseconds.
  private static func distance(_ one: ClosedRange<Int64>, _ other: ClosedRange<Int64>) -> Int64 {
    max(0, one.lowerBound - other.upperBound, other.lowerBound - one.upperBound)
  }

  private static func apart(_ subject: String, _ distance: Int64, _ whose: String) -> Finding? {
    guard distance > DoctorLimits.clockWarning else { return nil }
    return Finding(
      .clocks,
      subject,
      distance > DoctorLimits.clockFault ? .fault : .warning,
      "the real clock lies \(distance) ms from \(whose)",
      do: "Let one time service (chrony or systemd-timesyncd) set the clocks of all machines."
    )
  }

  /// Whether the hall's present is the real one, or all go by one demo clock.
  package static func hallTime(_ facts: [ServiceFacts]) -> [Finding] {
    var findings: [Finding] = []
    for fact in facts where fact.hasDemoClock && !fact.isDemo {
      findings.append(
        Finding(
          .clocks,
          fact.service,
          .fault,
          "the hall goes by a demo clock, but answers do not say so",
          do: "Unset `clock` for a real hall, or set demo=true for a demonstration."
        )
      )
    }
    for fact in facts where !fact.hasDemoClock {
      let distance = abs(fact.hallNow - fact.realNow)
      guard distance > DoctorLimits.clockWarning else { continue }
      findings.append(
        Finding(
          .clocks,
          fact.service,
          .fault,
          "the hall's present lies \(distance) ms from the real one, without a demo clock",
          do: "Report it: nothing but a demo clock may move the hall's present."
        )
      )
    }
    let withClock = facts.filter(\.hasDemoClock)
    guard !withClock.isEmpty else {
      return findings
        + (facts.isEmpty || !findings.isEmpty
          ? [] : [Finding(.clocks, "hall", .ok, "the hall goes by the real time")])
    }
    if withClock.count < facts.count {
      let names = facts.filter { !$0.hasDemoClock }.map(\.service).joined(separator: ", ")
      findings.append(
        Finding(
          .clocks,
          "hall",
          .fault,
          "a demo clock moves some services, but not \(names)",
          do: "Start all six with the same `clock`, or all without."
        )
      )
    } else if findings.isEmpty {
      findings.append(
        Finding(.clocks, "hall", .ok, "a demonstration: the hall goes by a demo clock")
      )
    }
    return findings
  }
}
