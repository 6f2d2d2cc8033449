internal import Kernel
internal import Law
internal import Messages
internal import Service
internal import Storage

extension TaskRow {
  /// The task as the contract's message, with its due day as the row says it.
  var message: ApprovalV1.Task {
    ApprovalV1.Task(
      id: id,
      caseNumber: caseNumber,
      stageCode: stageCode,
      taskCode: taskCode,
      name: name,
      departmentCode: departmentCode,
      postCode: postCode,
      nature: CatalogueV1.TaskNature(rawValue: Int32(nature.rawValue)),
      state: ApprovalV1.TaskState(rawValue: Int32(state.rawValue)),
      dueOn: dueOn.description,
      claimedBy: claimedBy,
      onBehalfOf: onBehalfOf,
      answer: ApprovalV1.Answer(rawValue: Int32(answer?.rawValue ?? 0)),
      opinion: opinion,
      doneAt: doneAt.map { GoogleProtobuf.Timestamp($0) },
      revision: revision
    )
  }
}

extension ProcedureRow {
  /// The special procedure as the contract's message.
  var message: ApprovalV1.SpecialProcedure {
    ApprovalV1.SpecialProcedure(
      id: id,
      kind: kind,
      basis: basis,
      reason: reason,
      startedOn: startedOn.description,
      plannedEndOn: plannedEndOn.description,
      endedOn: endedOn?.description ?? "",
      result: result,
      stopsLegal: stopsLegal,
      stopsPromise: stopsPromise,
      startedBy: startedBy
    )
  }
}

extension Reading {
  /// A case as the contract's message.
  ///
  /// While a clock stands still, due days are those that would be if it ran on today.
  func message(of row: CaseRow) throws -> ApprovalV1.Case {
    var row = row
    let procedures = try procedures(of: row)
    let tasks = try tasks(of: row).map { try asOfToday($0, procedures) }
    if row.state == .suspended {
      let ledger = try SuspensionLedger(procedures)
      row.take(row.clocks(ledger, in: try calendar(), asOf: call.today))
    }
    return ApprovalV1.Case(
      number: row.number,
      itemCode: row.itemCode,
      itemVersion: row.itemVersion,
      itemName: row.itemName,
      departmentCode: row.departmentCode,
      state: ApprovalV1.CaseState(rawValue: Int32(row.state.rawValue)),
      stageCode: row.stageCode,
      tasks: tasks.map(\.message),
      specialProcedures: procedures.map(\.message),
      decision: try snapshot.decision(hall: call.hall, caseNumber: row.number),
      certificate: try snapshot.certificate(hall: call.hall, caseNumber: row.number),
      delivery: try snapshot.delivery(hall: call.hall, caseNumber: row.number),
      acceptedOn: row.acceptedOn.description,
      promiseDueOn: row.promiseDueOn?.description ?? "",
      legalDueOn: row.legalDueOn?.description ?? "",
      provisional: row.isProvisional,
      revision: row.revision
    )
  }
}
