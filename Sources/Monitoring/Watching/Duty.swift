internal import Messages
internal import Service
internal import Storage

/// Who is responsible for what an alert is about.
struct Duty: Hashable {
  var department = ""
  /// Empty if none is known.
  var post = ""
  /// The subject of the person on duty; empty if none is known.
  var person = ""
}

extension Reading {
  /// Who is responsible: whoever claimed the task, else the A of its post; without a task the chief
  /// representative of the department.
  ///
  /// While the case runs that is an open task: where none is open it waits for its decision, which
  /// is the chief's. Delivery and rating come after the decision, and are of whoever prepared it.
  ///
  /// - Source: docs/rules/monitoring.md, rule M7
  func duty(for matter: WatchedCase?, _ watched: Watched, taskId: String = "") throws -> Duty {
    let department = matter?.departmentCode ?? ""
    switch watched {
    case .step:
      if let task = try snapshot.task(taskId, hall: call.hall) { return try duty(of: task) }
    case .receipt:
      if let post = matter?.receiptPost, !post.isEmpty {
        return Duty(department: department, post: post, person: try holder(of: post))
      }
    case .promise, .legal, .stalePause, .delivery, .rating:
      let number = matter?.number ?? ""
      let isAfter = watched == .delivery || watched == .rating
      var task = try snapshot.openTask(of: number, hall: call.hall)
      if task == nil, isAfter { task = try snapshot.lastHandling(of: number, hall: call.hall) }
      if let task {
        // The case is the department's that decides, whoever has the task.
        var duty = try duty(of: task)
        duty.department = department
        return duty
      }
    case .bypass:
      return Duty()
    }
    return try chief(of: department)
  }

  private func duty(of task: TaskRow) throws -> Duty {
    Duty(
      department: task.departmentCode,
      post: task.postCode,
      person: try task.claimedBy.isEmpty ? holder(of: task.postCode) : task.claimedBy
    )
  }

  /// Who is responsible for a visit: whoever called its ticket.
  ///
  /// Where nobody knows who called it, that is the chief representative.
  ///
  /// The department is that of the case to which the visit led, else the only one of the window,
  /// else that of the post in which the ticket was called.
  ///
  /// - Source: docs/rules/monitoring.md, rules M7.12 and M7.13
  func duty(forVisit event: QueueingV1.Rated) throws -> Duty {
    let department = try department(ofVisit: event)
    guard !event.calledBy.isEmpty else { return try chief(of: department) }
    return Duty(department: department, post: event.calledPost, person: event.calledBy)
  }

  private func department(ofVisit event: QueueingV1.Rated) throws -> String {
    let number = event.visitCaseNumber
    if !number.isEmpty, let matter = try snapshot.watchedCase(number, hall: call.hall) {
      return matter.departmentCode
    }
    let window = try reference(CatalogueV1.Window.self, event.windowCode)
    let codes = window?.departmentCodes ?? []
    if codes.count == 1 { return codes[0] }
    return try post(event.calledPost)?.departmentCode ?? ""
  }

  /// The chief representative of a department.
  func chief(of department: String) throws -> Duty {
    let post = try snapshot.dutyPost(
      of: department,
      role: AccessV1.Role.chief.rawValue,
      hall: call.hall
    )
    guard let post else { return Duty(department: department) }
    return Duty(department: department, post: post, person: try holder(of: post))
  }

  private func holder(of post: String) throws -> String {
    try self.post(post)?.holderA?.subject ?? ""
  }

  /// Recipients as `post:<code>` where the post is known, else as `role:<role>`, each once.
  func names(of recipients: [Recipient], _ duty: Duty) throws -> [String] {
    var names: [String] = []
    for recipient in recipients {
      let post: String =
        switch recipient {
        case .handler: duty.post
        case .chief: try chief(of: duty.department).post
        default: ""
        }
      let name = post.isEmpty ? "role:\(recipient.rawValue)" : "post:\(post)"
      if !names.contains(name) { names.append(name) }
    }
    return names
  }
}
