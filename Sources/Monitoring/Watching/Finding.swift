internal import Kernel
internal import Law
internal import Messages
internal import Service
internal import Storage

/// What is to be told: an alert before anybody knows who is responsible.
struct Finding {
  var key: AlertKey
  /// When the level was reached in truth.
  var time: Instant
  var due: Day?
  var itemCode = ""
  var departmentCode = ""
  var duty = Duty()
  var taskId = ""
  var count: UInt32 = 0
  var cleared: [String] = []
  var recipients: [String] = []
  var text: Bilingual
  /// Whether it can be ended by what happens.
  var isActive = true
}

extension Writing {
  /// Raises an alert, unless the same was raised before.
  ///
  /// - Source: docs/rules/monitoring.md, rules M4 and M5
  func raise(_ finding: Finding) throws {
    let isNew = try transaction.insertAlert(
      finding.key,
      reachedAt: finding.time,
      discoveredAt: call.now,
      recipients: finding.recipients,
      isActive: finding.isActive,
      hall: call.hall
    )
    guard isNew else { return }
    let alert = finding.alert(hall: call.hall, discoveredAt: call.now, in: call.legalTime)
    try publish(
      MonitoringV1.AlertRaised(alert: alert),
      subject: finding.key.subject,
      basis: finding.key.rule?.number ?? "M6"
    )
  }

  /// Ends the alerts of a subject and kind that still hold, with one CLEARED that names them; for
  /// steps one a task, since each has its own department.
  ///
  /// - Parameters:
  ///   - watched: The kind.
  ///   - subject: The case.
  ///   - parts: Only of these tasks or procedures; nil for all.
  ///   - cause: Why.
  ///   - instant: When they were ended; nil for now.
  /// - Throws: `StoreError`.
  /// - Source: docs/rules/monitoring.md, rule M6
  func clear(
    _ watched: Watched,
    of subject: String,
    parts: Set<String>? = nil,
    because cause: ClearCause,
    at instant: Instant? = nil
  ) throws {
    let active = try transaction.activeAlerts(of: subject, watched, hall: call.hall)
      .filter { parts?.contains($0.part) ?? true }
    var groups: [[ActiveAlert]] = []
    for alert in active {
      if let same = groups.firstIndex(where: { watched != .step || $0.first?.part == alert.part }) {
        groups[same].append(alert)
      } else {
        groups.append([alert])
      }
    }
    for group in groups {
      try clear(group, watched, of: subject, because: cause, at: instant ?? call.now)
    }
  }

  /// Ends alerts with one CLEARED.
  private func clear(
    _ active: [ActiveAlert],
    _ watched: Watched,
    of subject: String,
    because cause: ClearCause,
    at instant: Instant
  ) throws {
    guard let last = active.last else { return }
    for alert in active { try transaction.endAlert(alert.number) }
    let matter = try transaction.watchedCase(subject, hall: call.hall)
    // The reminder of a receipt and its levels are of one thing.
    let isOne = watched != .receipt && Set(active.map(\.part)).count == 1
    let part = isOne ? last.part : ""
    let taskId = watched == .step ? part : ""
    let duty = try reading.duty(for: matter, watched, taskId: taskId)
    try raise(
      Finding(
        key: AlertKey(
          subject: subject,
          watched: watched,
          part: part,
          grade: .cleared,
          dueRevision: last.dueRevision,
          ordinal: try transaction.clearings(of: subject, watched, hall: call.hall) + 1
        ),
        time: instant,
        itemCode: matter?.itemCode ?? "",
        departmentCode: duty.department,
        duty: duty,
        taskId: taskId,
        cleared: active.map(\.id),
        recipients: try told(of: active, watched, duty),
        text: AlertText.cleared(watched, cause),
        isActive: false
      )
    )
  }

  /// All who were told of alerts, each once, in the order in which they were told.
  ///
  /// Duty may have changed hands since: it tells only where nobody noted who was told.
  ///
  /// - Source: docs/rules/monitoring.md, rule M6
  private func told(
    of alerts: [ActiveAlert],
    _ watched: Watched,
    _ duty: Duty
  ) throws -> [String] {
    var names: [String] = []
    for alert in alerts {
      let rule = RecipientRule.of(watched, alert.grade, part: alert.part)
      let told =
        alert.recipients.isEmpty
        ? try reading.names(of: rule?.recipients ?? [], duty) : alert.recipients
      for name in told where !names.contains(name) { names.append(name) }
    }
    return names
  }
}

extension Finding {
  func alert(
    hall: String,
    discoveredAt: Instant,
    in legalTime: LegalTime
  ) -> MonitoringV1.Alert {
    MonitoringV1.Alert(
      id: key.id,
      source: "/onedoor/\(hall)/monitoring",
      type: key.type,
      subject: key.subject,
      time: GoogleProtobuf.Timestamp(time),
      kind: MonitoringV1.AlertKind(key.watched),
      level: MonitoringV1.AlertLevel(key.grade),
      hall: hall,
      itemCode: itemCode,
      departmentCode: departmentCode,
      postCode: duty.post,
      responsible: duty.person,
      dueAt: due.map { GoogleProtobuf.Timestamp(legalTime.end(of: $0)) },
      dueOn: due?.description ?? "",
      discoveredAt: GoogleProtobuf.Timestamp(discoveredAt),
      dueRevision: key.dueRevision,
      recipients: recipients,
      explanationZh: text.zh,
      explanationEn: text.en,
      clearedIds: cleared,
      taskId: taskId,
      count: count
    )
  }
}

extension MonitoringV1.AlertKind {
  init(_ watched: Watched) {
    self.init(rawValue: Int32(watched.rawValue))
  }
}

extension MonitoringV1.AlertLevel {
  init(_ grade: Grade) {
    self.init(rawValue: Int32(grade.rawValue))
  }
}
