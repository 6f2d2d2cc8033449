internal import Kernel
package import Messages
internal import Service
internal import Storage

extension ApprovalHandlers {
  /// Issues the certificate of a granted case under the next number of its letters and year.
  package func issueCertificate(
    _ request: ApprovalV1.IssueCertificateRequest,
    _ call: Writing
  ) throws -> ApprovalV1.IssueCertificateResponse {
    var row = try call.reading.theCase(request.number)
    let item = try call.reading.theItem(of: row)
    guard item.yieldsCertificate else { throw ApprovalRefusal.noCertificate(row.number) }
    try row.move(.certify)
    try call.check(expected: request.expectedRevision, revision: row.revision, of: row.number)
    guard let acting = try call.reading.acting(.certificateDesk) else {
      throw ApprovalRefusal.notPostHolder(row.number)
    }
    try call.reading.refuseConflict(.handOver, on: row)
    let today = call.call.today
    let sequence = try call.transaction.nextCertificate(
      hall: call.call.hall,
      prefix: item.certificatePrefix,
      year: today.year
    )
    let number = CertificateNumber(
      prefix: item.certificatePrefix,
      year: today.year,
      sequence: sequence
    )
    let validUntil = CertificateNumber.validUntil(
      issued: today,
      months: Int(item.certificateMonths)
    )
    try call.transaction.insertCertificate(
      number: number.description,
      name: item.resultName,
      issuedOn: today,
      validUntil: validUntil,
      hall: call.call.hall,
      caseNumber: row.number
    )
    try call.transaction.save(&row, hall: call.call.hall)
    let certificate = ApprovalV1.Certificate(
      number: number.description,
      name: item.resultName,
      issuedOn: today.description,
      validUntil: validUntil?.description ?? ""
    )
    try call.tell(
      ApprovalV1.CertificateIssued(number: row.number, certificate: certificate),
      of: row.number,
      by: acting,
      ("制证：\(certificate.name) \(number)", "Certificate \(number) issued")
    )
    return ApprovalV1.IssueCertificateResponse(certificate: certificate)
  }
}

extension CatalogueV1.Item {
  /// Whether a grant of the item yields something to be issued (结果类型 other than 无).
  ///
  /// - Source: docs/rules/approval.md, rule A11 (handbook 5.2)
  var yieldsCertificate: Bool { resultType != "4" }
}
