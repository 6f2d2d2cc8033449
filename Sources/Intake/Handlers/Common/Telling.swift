internal import Kernel
package import Messages
package import Service

// What intake tells the others of an application.

extension Writing {
  /// Tells that an application was handed in.
  ///
  /// - Parameters:
  ///   - row: The application.
  ///   - queryCode: Its query code.
  ///   - applicant: Who applies, if that is known unsealed.
  /// - Throws: `StoreError`, or what sealing throws.
  package func publishSubmitted(
    _ row: ApplicationRow,
    _ queryCode: String,
    by applicant: IntakeV1.Applicant? = nil
  ) throws {
    try publish(
      IntakeV1.ApplicationSubmitted(
        number: row.number,
        itemCode: row.itemCode,
        itemVersion: row.itemVersion,
        departmentCode: row.departmentCode,
        channel: row.channel.message,
        receivedAt: row.receivedAt.map { GoogleProtobuf.Timestamp($0) },
        receiptDueOn: row.receiptDue?.description ?? "",
        ticketId: row.ticketID
      ),
      subject: row.number,
      personal: IntakeV1.PersonalPart(
        applicant: try applicant ?? reading.applicant(of: row),
        queryCode: queryCode,
        owner: row.owner
      ),
      basis: "I3"
    )
  }

  /// Tells that a clerk received an application.
  package func publishReceived(_ row: ApplicationRow) throws {
    try publish(
      IntakeV1.ApplicationReceived(
        number: row.number,
        itemCode: row.itemCode,
        itemVersion: row.itemVersion,
        departmentCode: row.departmentCode,
        channel: row.channel.message,
        receivedAt: row.receivedAt.map { GoogleProtobuf.Timestamp($0) },
        receiptDueOn: row.receiptDue?.description ?? "",
        ticketId: row.ticketID,
        postCode: call.post
      ),
      subject: row.number,
      personal: try personalPart(of: row),
      basis: "I3",
      onBehalfOf: try reading.standsInFor()
    )
  }

  /// The personal data that stand beside an entry, outside its chain.
  package func personalPart(of row: ApplicationRow) throws -> IntakeV1.PersonalPart {
    IntakeV1.PersonalPart(
      applicant: try reading.applicant(of: row),
      queryCode: reading.queryCode(of: row.number),
      owner: row.owner
    )
  }
}
