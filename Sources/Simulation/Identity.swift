internal import Kernel
package import Messages
internal import Service

/// Somebody who calls in a test: what the gateway would attest.
package struct Identity: Sendable, Hashable {
  /// The subject of the token.
  package var subject: String
  /// The roles.
  package var roles: Set<AccessV1.Role>
  /// The posts.
  package var posts: [String]
  /// For whom a portal speaks.
  package var onBehalfOf: String
  /// From which network the call comes.
  package var source = "203.0.113.7"

  package init(
    _ subject: String,
    _ roles: Set<AccessV1.Role>,
    posts: [String] = [],
    onBehalfOf: String = ""
  ) {
    self.subject = subject
    self.roles = roles
    self.posts = posts
    self.onBehalfOf = onBehalfOf
  }

  /// An applicant.
  package static func applicant(_ subject: String = "applicant-1") -> Self {
    Self(subject, [.applicant])
  }

  /// Somebody without a token.
  package static let anybody = Self("", [.public])

  /// An official in a post.
  package static func official(
    _ role: AccessV1.Role,
    _ subject: String,
    post: String = ""
  ) -> Self {
    Self(subject, [role], posts: post.isEmpty ? [] : [post])
  }

  func pass(hall: String, now: Instant) -> Pass {
    Pass(
      issuer: Keyring.gateway,
      subject: subject,
      roles: roles,
      halls: [hall],
      posts: posts,
      onBehalfOf: onBehalfOf,
      assurance: 3,
      expiresAt: now.advanced(byMilliseconds: Pass.lifetime),
      source: source
    )
  }
}
