internal import Foundation
internal import Glibc
internal import Host
internal import Kernel
internal import Storage

/// Looks at everything of a house that can be reached from here and says what it found.
///
/// What one look finds stops no other look.
struct HouseVisit: Sendable {
  /// What services said, with this machine's clock before and after.
  private struct Answers: Sendable {
    var facts: [ServiceFacts] = []
    var readings: [Doctor.ClockReading] = []
    var findings: [Finding] = []
  }

  let configuration: Configuration

  /// Looks at all.
  func findings() async -> [Finding] {
    var all = Doctor.configuration(configuration)
    var answers = await ask()
    let first = answers.facts
    all += answers.findings
    if first.contains(where: { $0.followers.contains(where: \.mayMove) }) {
      // That the task is cancelled only makes the second look come sooner.
      try? await Task.sleep(for: .milliseconds(DoctorLimits.lagWatch))
      answers = await ask()
    }
    let facts = first.map { old in answers.facts.first { $0.service == old.service } ?? old }
    all += Doctor.versions(facts, own: ServiceMetrics.version)
    all += Doctor.clocks(answers.readings)
    all += Doctor.hallTime(facts)
    all += Doctor.calendar(facts)
    all += Doctor.feeds(first, facts)
    all += Doctor.sqlite(facts)
    for fact in facts { all += Doctor.health(fact) + Doctor.store(fact) }
    all += certificates(facts)
    all += permissions(facts)
    return all
  }

  // MARK: - Services

  private func ask() async -> Answers {
    await withTaskGroup { group in
      for service in Services.names {
        group.addTask { await ask(service) }
      }
      var all = Answers()
      for await answers in group {
        all.facts += answers.facts
        all.readings += answers.readings
        all.findings += answers.findings
      }
      let order = Services.names
      all.facts.sort {
        order.firstIndex(of: $0.service) ?? 0 < order.firstIndex(of: $1.service) ?? 0
      }
      all.findings.sort { $0.subject < $1.subject }
      return all
    }
  }

  private func ask(_ service: String) async -> Answers {
    var answers = Answers()
    do {
      let client = try OperatorClient(service, configuration)
      let facts: ServiceFacts = try await client.ask("/admin/facts")
      answers.facts = [facts]
      // The clock is asked by itself: to look through a store takes its time.
      if let reading = try? await clock(client) { answers.readings = [reading] }
      answers.findings = [Finding(.reach, service, .ok, "answers at \(address(service))")]
    } catch let failure as Failure where failure.status == .notAllowed {
      answers.findings = [await withoutKeys(service, failure)]
    } catch {
      let detail = (error as? Failure)?.description ?? "\(error)"
      answers.findings = [
        Finding(
          .reach,
          service,
          .fault,
          detail,
          do: "See whether it runs and listens at \(address(service)), and look at its log."
        )
      ]
    }
    return answers
  }

  private func address(_ service: String) -> Address { configuration.address(service) }

  private func clock(_ client: OperatorClient) async throws -> Doctor.ClockReading {
    let before = Instant.realNow.unixMilliseconds
    let theirs: Int64 = try await client.ask("/admin/clock")
    return Doctor.ClockReading(
      service: client.service,
      theirs: theirs,
      before: before,
      after: Instant.realNow.unixMilliseconds
    )
  }

  /// What can be said of a service whose operator this is not: whether it is ready.
  private func withoutKeys(_ service: String, _ failure: Failure) async -> Finding {
    let status = try? await GatewayClient(inner: service, configuration).get("/readyz").status
    guard status == 200 else {
      return Finding(
        .reach,
        service,
        .fault,
        status.map { "answers \($0) to /readyz" } ?? "does not answer at \(address(service))",
        do: "See whether it runs, and run doctor where its keys can be read."
      )
    }
    return Finding(
      .reach,
      service,
      .skipped,
      "is ready; all else was not looked at: \(failure.description)",
      do: "Run doctor as the user who may read the service's keys or the operator's certificate."
    )
  }

  // MARK: - Certificates and files

  private func certificates(_ facts: [ServiceFacts]) -> [Finding] {
    var ends = facts.flatMap { facts in
      facts.certificates.map { name, end in
        // One of a later version that this program does not know is an inner one, as most are.
        Doctor.CertificateEnd(
          Doctor.CertificateEnd.Kind(rawValue: name) ?? .inner,
          name: "\(name) of \(facts.service)",
          end: end
        )
      }
    }
    .sorted { $0.name < $1.name }
    let keys = KeyFolder(path: configuration.keysFolder)
    let here = keys.certificateEnds(of: Services.names)
    ends += here
    let now = Instant.realNow.unixMilliseconds / 1_000
    let skipped =
      here.isEmpty
      ? [
        Finding(
          .certificates,
          configuration.keysFolder,
          .skipped,
          "no certificate can be read here",
          do: "Run doctor where the keys lie to see the authority and the operator's certificate."
        )
      ] : []
    return Doctor.certificates(ends, now: now) + skipped
  }

  private func permissions(_ facts: [ServiceFacts]) -> [Finding] {
    let secrets = KeyFolder(path: configuration.keysFolder).allSecrets()
    let known = Set(secrets.map(\.path))
    var findings = facts.flatMap { facts in
      // A secret that lies here too is said once.
      Doctor.permissions(
        facts.paths.filter { !known.contains($0.path) },
        user: facts.user,
        of: facts.service
      )
    }
    findings += Doctor.permissions(secrets, user: getuid(), of: configuration.keysFolder)
    if secrets.isEmpty {
      findings.append(
        Finding(
          .permissions,
          configuration.keysFolder,
          .skipped,
          "no key can be seen here",
          do: "Run doctor where the keys lie to see who may read them."
        )
      )
    }
    return findings
  }
}

extension ServiceFacts.Follower {
  /// Whether a second look may show something else.
  fileprivate var mayMove: Bool { (lag > 0 || isOutOfSight == true) && stoppedAt == nil }
}
