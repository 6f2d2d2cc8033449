package import Messages
internal import Storage

/// In which post somebody acts, and for whom.
package struct Acting: Sendable, Hashable {
  /// The post.
  package var post: String
  /// The A's subject while the B acts; empty while the A does.
  package var onBehalfOf: String

  package init(post: String, onBehalfOf: String = "") {
    self.post = post
    self.onBehalfOf = onBehalfOf
  }
}

extension CatalogueV1.Post {
  /// Whether a person is the A or the B of the post.
  package func isHeld(by subject: String) -> Bool {
    holderA?.subject == subject || holderB?.subject == subject
  }
}

extension Reading {
  /// The caller in a post that the pass names and that the catalogue says is the caller's as A or
  /// B; nil otherwise.
  ///
  /// - Source: docs/rules/approval.md, rule A3
  package func acting(in code: String) throws -> Acting? {
    guard call.pass.posts.contains(code), let post = try post(code),
      post.isHeld(by: call.pass.subject)
    else { return nil }
    let holderA = post.holderA?.subject ?? ""
    return Acting(post: code, onBehalfOf: holderA == call.pass.subject ? "" : holderA)
  }

  /// The caller in the first post of a department, of one of some roles; nil if there is none.
  ///
  /// - Source: docs/rules/approval.md, rule A3; docs/rules/intake.md, rule I11
  package func acting(
    for department: String,
    _ roles: Set<AccessV1.Role>
  ) throws -> Acting? {
    for code in call.pass.posts {
      guard let post = try post(code), post.departmentCode == department,
        roles.contains(post.role)
      else { continue }
      if let acting = try acting(in: code) { return acting }
    }
    return nil
  }

  /// The caller in the first post of a role, of whatever department; nil if there is none.
  package func acting(_ role: AccessV1.Role) throws -> Acting? {
    for code in call.pass.posts where try post(code)?.role == role {
      if let acting = try acting(in: code) { return acting }
    }
    return nil
  }
}

extension Writing {
  /// The same in one of the caller's posts: what it publishes names that post.
  package func speaking(in acting: Acting) -> Writing {
    var call = call
    call.pass.posts = [acting.post]
    return with(call)
  }
}
