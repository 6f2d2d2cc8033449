internal import Kernel
internal import Messages
internal import Service
internal import Storage

extension Writing {
  /// Tells the others and the timeline what happened to a case.
  ///
  /// - Parameters:
  ///   - event: What happened.
  ///   - number: The case.
  ///   - acting: In which post; nil for the service itself.
  ///   - instant: When it took effect in law, if that is not now.
  ///   - basis: By what rule or paper.
  ///   - text: The timeline's words, Chinese and English.
  /// - Throws: `StoreError`.
  func tell(
    _ event: some Message,
    of number: String,
    by acting: Acting? = nil,
    at instant: Instant? = nil,
    basis: String = "",
    _ text: (zh: String, en: String)
  ) throws {
    let speaking = acting.map { self.speaking(in: $0) } ?? self
    try speaking.publish(
      event,
      subject: number,
      basis: basis,
      onBehalfOf: acting?.onBehalfOf ?? ""
    )
    let entry = ApprovalV1.TimelineEntry(
      type: Writing.name(of: type(of: event).fullName),
      textZh: text.zh,
      textEn: text.en,
      actor: call.pass.subject,
      postCode: speaking.call.post,
      onBehalfOf: acting?.onBehalfOf ?? ""
    )
    try transaction.insert(entry, at: instant ?? call.now, hall: call.hall, caseNumber: number)
  }
}
