package import Storage

extension Doctor {
  /// Whether a service's store is sound, durable and has room.
  package static func store(_ facts: ServiceFacts) -> [Finding] {
    let service = facts.service
    guard let store = facts.store else {
      return [
        Finding(
          .health,
          service,
          .fault,
          "the store could not be asked",
          do: "Look at the end of the service's log."
        )
      ]
    }
    return [
      disk(DiskSpace(totalBytes: store.diskBytes, availableBytes: store.freeBytes), of: service),
      log(store.logBytes, of: service),
      durability(store.synchronous, of: service),
      integrity(store.faults, of: service),
    ]
  }

  /// Whether a disk has room, by the same rule by which writes are refused.
  package static func disk(_ space: DiskSpace, of subject: String) -> Finding {
    let text = "\(space.usedPercent) % used, \(space.availableBytes >> 20) MiB free"
    return switch space.level {
    case .ample: Finding(.disk, subject, .ok, text)
    case .alarm:
      Finding(.disk, subject, .warning, text, do: "Make room before 95 % are used.")
    case .refusing:
      Finding(
        .disk,
        subject,
        .fault,
        text + "; writes are refused",
        do: "Make room; writes come back by themselves."
      )
    }
  }

  private static func log(_ bytes: Int64, of service: String) -> Finding {
    let text = "\(bytes >> 20) MiB of write-ahead log"
    guard bytes > Limits.alarmingLogBytes else { return Finding(.log, service, .ok, text) }
    return Finding(
      .log,
      service,
      .warning,
      text,
      do: "Look for a read that never ends, such as a backup that hangs; else restart the service."
    )
  }

  private static func durability(_ synchronous: Int, of service: String) -> Finding {
    guard synchronous != 2 else {
      return Finding(.durability, service, .ok, "synchronous is FULL")
    }
    return Finding(
      .durability,
      service,
      .fault,
      "synchronous is \(synchronous), not FULL: what was answered may be lost",
      do: "Stop the service and report it."
    )
  }

  private static func integrity(_ faults: [String]?, of service: String) -> Finding {
    guard let faults else {
      return Finding(
        .integrity,
        service,
        .skipped,
        "the store is too large for a quick look",
        do: "Run `onedoor verify`."
      )
    }
    guard let first = faults.first else {
      return Finding(.integrity, service, .ok, "a quick look found nothing")
    }
    return Finding(
      .integrity,
      service,
      .fault,
      faults.count == 1 ? first : "\(first), and \(faults.count - 1) more",
      do: "Stop the service, keep the file, and restore the last backup that verifies."
    )
  }

  /// Which SQLite the services are built on; its known fault is avoided, so nothing is wrong.
  package static func sqlite(_ facts: [ServiceFacts]) -> [Finding] {
    let stores = facts.compactMap(\.store)
    guard let store = stores.first else { return [] }
    let versions = Set(stores.map(\.sqliteVersion)).sorted().joined(separator: ", ")
    guard stores.contains(where: \.hasLogResetFault) else {
      return [Finding(.sqlite, "house", .ok, "SQLite \(store.sqliteVersion)")]
    }
    return [
      Finding(
        .sqlite,
        "house",
        .ok,
        "SQLite \(versions) is older than 3.51.3 and has the WAL-reset fault, which the single "
          + "writer avoids",
        do: "Open no store with another program while its service runs."
      )
    ]
  }

  /// What a service says of its own health and limits.
  package static func health(_ facts: ServiceFacts) -> [Finding] {
    let failing = facts.failing.sorted { $0.key < $1.key }.map { name, reason in
      Finding(
        .health,
        facts.service,
        .fault,
        "\(name): \(reason)",
        do: "See the table of checks under Health in docs/operations.md."
      )
    }
    return (failing.isEmpty ? [Finding(.health, facts.service, .ok, "ready")] : failing)
      + [files(facts)]
  }

  private static func files(_ facts: ServiceFacts) -> Finding {
    let text = "\(facts.maximumFiles) files and sockets may be open"
    guard facts.maximumFiles < DoctorLimits.filesWarning else {
      return Finding(.files, facts.service, .ok, text)
    }
    return Finding(
      .files,
      facts.service,
      facts.maximumFiles < DoctorLimits.filesFault ? .fault : .warning,
      text,
      do: "Raise the hard limit (ulimit -Hn, LimitNOFILE=) to 65536 and restart the service."
    )
  }
}
