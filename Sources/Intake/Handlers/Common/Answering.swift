internal import Kernel
internal import Law
package import Messages
package import Service

// Rows as the contract's messages.

extension Reading {
  /// An application as its owner and the hall see it: personal data masked.
  package func message(of row: ApplicationRow) throws -> IntakeV1.Application {
    IntakeV1.Application(
      number: row.number,
      itemCode: row.itemCode,
      itemVersion: row.itemVersion,
      itemName: try itemName(of: row),
      departmentCode: row.departmentCode,
      applicant: try applicant(of: row).masked,
      state: row.state.message,
      channel: row.channel.message,
      materials: try snapshot.materials(of: row.id).map(\.message),
      correction: try notice(of: row),
      receivedAt: row.receivedAt.map { GoogleProtobuf.Timestamp($0) },
      receiptDueOn: text(row.receiptDue),
      acceptedOn: text(row.acceptedOn),
      deemedAccepted: row.isDeemed,
      promiseDueOn: text(row.promiseDue),
      legalDueOn: text(row.legalDue),
      provisional: row.isProvisional,
      revision: row.revision,
      ticketId: row.ticketID,
      refusal: try refusal(of: row)
    )
  }

  /// Why acceptance was refused, for the applicant to read; nil if it was not.
  ///
  /// - Source: docs/rules/intake.md, rule I11
  package func refusal(of row: ApplicationRow) throws -> IntakeV1.RefusalNotice? {
    guard row.state == .refused, let signed = try snapshot.refusal(of: row.id) else { return nil }
    return IntakeV1.RefusalNotice(
      reasons: signed.reasons,
      competentAuthority: signed.competentAuthority,
      refusedOn: call.legalTime.day(of: signed.refusedAt).description
    )
  }

  /// The correction notice of an application; nil if it got none.
  package func notice(of row: ApplicationRow) throws -> IntakeV1.CorrectionNotice? {
    guard row.notifiedOn != nil else { return nil }
    return row.notice(try snapshot.correction(of: row.id))
  }

  /// The receipt of an application that was handed in.
  package func receipt(of row: ApplicationRow) throws -> IntakeV1.Receipt {
    try receipt(of: row, queryCode(of: row.number))
  }

  /// The receipt of an application whose query code is known already.
  func receipt(of row: ApplicationRow, _ queryCode: String) throws -> IntakeV1.Receipt {
    let department = try department(row.departmentCode)
    return IntakeV1.Receipt(
      number: row.number,
      queryCode: queryCode,
      itemName: try itemName(of: row),
      departmentName: department?.name ?? "",
      materials: try snapshot.materials(of: row.id).map(\.message),
      receivedAt: row.receivedAt.map { GoogleProtobuf.Timestamp($0) },
      receiptDueOn: text(row.receiptDue),
      acceptedOn: text(row.acceptedOn),
      promiseDueOn: text(row.promiseDue),
      consultPhone: department?.consultPhone ?? ""
    )
  }

  private func text(_ day: Day?) -> String { day?.description ?? "" }
}

extension ApplicationRow {
  /// The row's notice with these gaps.
  package func notice(_ correction: Correction) -> IntakeV1.CorrectionNotice {
    IntakeV1.CorrectionNotice(
      gaps: correction.gaps.map(\.message),
      notifiedOn: notifiedOn?.description ?? "",
      answerBy: answerBy?.description ?? "",
      completedOn: completedOn?.description ?? ""
    )
  }
}

extension Correction.Gap {
  /// The gap as a message.
  package var message: IntakeV1.Gap {
    IntakeV1.Gap(materialCode: materialCode, demand: demand, closed: isClosed)
  }
}

extension ApplicationState {
  /// The state as the contract says it: the numbers are the same.
  package var message: IntakeV1.ApplicationState {
    IntakeV1.ApplicationState(rawValue: Int32(rawValue))
  }
}

extension Channel {
  /// The channel as the contract says it: the numbers are the same.
  package var message: IntakeV1.Channel { IntakeV1.Channel(rawValue: Int32(rawValue)) }
}

extension MaterialRow {
  /// The material as a message.
  package var message: IntakeV1.AttachedMaterial {
    IntakeV1.AttachedMaterial(
      materialCode: materialCode,
      sha256: sha256,
      fileName: fileName,
      mediaType: mediaType,
      size: size,
      attachedAt: GoogleProtobuf.Timestamp(attachedAt)
    )
  }
}

extension CountersignatureRow {
  /// The request as a message.
  package var message: IntakeV1.Countersignature {
    IntakeV1.Countersignature(
      id: id,
      number: number,
      requestedBy: requestedBy,
      requestedAt: GoogleProtobuf.Timestamp(requestedAt),
      reasons: reasons,
      competentAuthority: competentAuthority
    )
  }
}

extension IntakeV1.Applicant {
  /// The applicant with the identity number as it is kept and found again.
  package var canonical: Self {
    var canonical = self
    canonical.idNumber = IdentityNumber.canonical(type: idType, number: idNumber)
    return canonical
  }

  /// The applicant as screens show it.
  ///
  /// - Source: docs/rules/intake.md, rule I10
  package var masked: Self {
    var masked = self
    masked.idNumber = IdentityNumber.masked(number: idNumber)
    masked.phone = IdentityNumber.masked(phone: phone)
    return masked
  }
}
