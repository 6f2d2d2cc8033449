extension Doctor {
  /// Whether all that answered are of one version.
  package static func versions(_ facts: [ServiceFacts], own: String) -> [Finding] {
    guard !facts.isEmpty else { return [] }
    let others = facts.filter { $0.version != own }
    guard !others.isEmpty else {
      return [Finding(.versions, "house", .ok, "all are of version \(own)")]
    }
    let list = facts.map { "\($0.service) \($0.version)" }.joined(separator: ", ")
    return [
      Finding(
        .versions,
        "house",
        .warning,
        "this program is of version \(own), the services are: \(list)",
        do: "Restart all six with the same program."
      )
    ]
  }

  /// Whether followers keep up, as two looks some seconds apart show.
  package static func feeds(_ first: [ServiceFacts], _ second: [ServiceFacts]) -> [Finding] {
    second.flatMap { facts in
      let earlier = first.first { $0.service == facts.service }?.followers ?? []
      let found = facts.followers.compactMap { follower in
        feed(follower, earlier.first { $0.upstream == follower.upstream }, of: facts.service)
      }
      guard found.isEmpty, !facts.followers.isEmpty else { return found }
      return [
        Finding(.feeds, facts.service, .ok, "follows \(facts.followers.count) feeds and keeps up")
      ]
    }
  }

  private static func feed(
    _ now: ServiceFacts.Follower,
    _ before: ServiceFacts.Follower?,
    of service: String
  ) -> Finding? {
    let subject = "\(service) follows \(now.upstream)"
    if let position = now.stoppedAt {
      return Finding(
        .feeds,
        subject,
        .fault,
        "stands still at entry \(position): \(now.reason)",
        do: "See `a follower stands still` in docs/operations.md; after a restore, restore all six."
      )
    }
    if now.isOutOfSight == true, before?.isOutOfSight ?? true {
      return Finding(
        .feeds,
        subject,
        .warning,
        "does not hear it: nobody knows what it has missed since entry \(now.position)",
        do: "See whether \(now.upstream) can be reached from \(service), and look at its log."
      )
    }
    guard now.lag > 0 else { return nil }
    let text = "lies \(now.lag) entries behind"
    if let before, before.lag > 0, now.lag >= before.lag, now.position == before.position {
      return Finding(
        .feeds,
        subject,
        .warning,
        "\(text) and does not move",
        do: "See whether \(now.upstream) can be reached from \(service), and look at its log."
      )
    }
    guard now.lag > DoctorLimits.lag else { return nil }
    return Finding(.feeds, subject, .warning, text, do: "Wait, and ask again whether it shrinks.")
  }

  /// Whether the calendar covers this year, and the next one when it is time.
  package static func calendar(_ facts: [ServiceFacts]) -> [Finding] {
    let followers = facts.filter(\.followsCalendar)
    let advice =
      "Add the State Council's notice to the calendar file, `onedoor calendar import` it, and let "
      + "a second person publish it."
    guard !followers.isEmpty else {
      return [
        Finding(.calendar, "hall", .skipped, "no service that keeps the calendar answered")
      ]
    }
    let findings = followers.compactMap { facts -> Finding? in
      guard let years = facts.years else {
        return Finding(.calendar, facts.service, .fault, "keeps no calendar", do: advice)
      }
      let year = years.today.prefix(4)
      guard years.thisIsDecreed else {
        return Finding(
          .calendar,
          facts.service,
          .fault,
          "no decree covers \(year): all its due days are provisional",
          do: advice
        )
      }
      let month = Int(years.today.dropFirst(5).prefix(2)) ?? 1
      guard !years.nextIsDecreed, month >= DoctorLimits.calendarMonth else { return nil }
      return Finding(
        .calendar,
        facts.service,
        .warning,
        "it is \(years.today), and no decree covers the next year",
        do: advice
      )
    }
    guard findings.isEmpty else { return findings }
    return [Finding(.calendar, "hall", .ok, "decrees cover this year, and the next in time")]
  }

  /// What is wrong with what an operator set.
  package static func configuration(_ configuration: Configuration) -> [Finding] {
    var findings: [Finding] = []
    if let door = configuration.door, !door.isLoopback {
      findings.append(
        Finding(
          .plaintext,
          "gateway",
          configuration.isPlaintextDoorAllowed ? .warning : .fault,
          configuration.isPlaintextDoorAllowed
            ? "the door is open in plaintext at \(door)"
            : "the door would be open in plaintext at \(door), and the gateway does not start",
          do: "See that a proxy ends TLS in front of it, or set listen.tls and listen.door=none."
        )
      )
    }
    let bare = ConfigurationKey.services.filter {
      !configuration.listening($0).isLoopback && !configuration.isListeningSecured($0)
    }
    for service in bare {
      findings.append(
        Finding(
          .plaintext,
          service,
          .warning,
          "its inner port is in plaintext at \(configuration.listening(service))",
          do: "Set inner.tls=outside, unless nobody else can reach that network."
        )
      )
    }
    if findings.isEmpty {
      findings.append(Finding(.plaintext, "house", .ok, "nothing is in plaintext outside loopback"))
    }
    if !configuration.isDemo, configuration.isBelievingDemoTokens {
      findings.append(
        Finding(
          .tokens,
          "gateway",
          .warning,
          "tokens of the demo key are believed: whoever has tokens.key is everybody",
          do: "Set tokens.jwks to your issuer's keys and remove keys/private/tokens.key."
        )
      )
    }
    return findings
  }
}
