internal import Kernel
internal import Messages
internal import Service
internal import Storage

/// In which post somebody acts, and for whom.
struct Acting: Sendable, Hashable {
  /// The post.
  var post: String
  /// The A's subject while the B acts; empty while the A does.
  var onBehalfOf = ""
}

extension CatalogueV1.Post {
  /// Whether a person is the A or the B of the post.
  func isHeld(by subject: String) -> Bool {
    holderA?.subject == subject || holderB?.subject == subject
  }
}

extension Reading {
  /// The caller in a post that the pass names and that the catalogue says is the caller's as A or
  /// B; nil otherwise.
  ///
  /// - Source: docs/rules/approval.md, rule A3
  func acting(in code: String) throws -> Acting? {
    guard call.pass.posts.contains(code), let post = try post(code),
      post.isHeld(by: call.pass.subject)
    else { return nil }
    let holderA = post.holderA?.subject ?? ""
    return Acting(post: code, onBehalfOf: holderA == call.pass.subject ? "" : holderA)
  }

  /// The caller in the first post of a department, of one of some roles; nil if there is none.
  ///
  /// - Source: docs/rules/approval.md, rule A3
  func acting(for department: String, _ roles: Set<AccessV1.Role>) throws -> Acting? {
    for code in call.pass.posts {
      guard let post = try post(code), post.departmentCode == department,
        roles.contains(post.role)
      else { continue }
      if let acting = try acting(in: code) { return acting }
    }
    return nil
  }

  /// The caller in the first post of a role, of whatever department; nil if there is none.
  func acting(_ role: AccessV1.Role) throws -> Acting? {
    for code in call.pass.posts where try post(code)?.role == role {
      if let acting = try acting(in: code) { return acting }
    }
    return nil
  }
}

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
    var call = call
    if let acting { call.pass.posts = [acting.post] }
    let speaking = Writing(call: call, transaction: transaction, seal: seal, keyring: keyring)
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
      postCode: call.post,
      onBehalfOf: acting?.onBehalfOf ?? ""
    )
    try transaction.insert(entry, at: instant ?? call.now, hall: call.hall, caseNumber: number)
  }
}
