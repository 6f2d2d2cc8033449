package import Connect
package import Messages

/// Why a call is not answered with a result.
///
/// It leaves the process as an error of the Connect protocol whose detail is
/// `onedoor.common.v1.Refusal`; nothing in it names a table, a file or a personal datum.
package struct Refusal: Error, Sendable, Hashable {
  /// The code of the protocol.
  package var code: Code
  /// From a closed list, UPPER_SNAKE; machines go by it.
  package var reason: String
  /// What it is about, for example a case number; never a personal datum.
  package var subject: String
  /// The number of the rule in docs/rules; empty if none.
  package var rule: String
  /// In Chinese.
  package var zh: String
  /// In English.
  package var en: String
  /// All violated fields of an invalid request.
  package var violations: [Violation]
  /// The present revision, when the expected one was stale.
  package var currentRevision: Int64?
  /// After how many seconds a repeat may succeed; nil if a repeat is of no use.
  package var retryAfterSeconds: Int?

  package init(
    _ code: Code,
    _ reason: String,
    subject: String = "",
    rule: String = "",
    zh: String,
    en: String,
    violations: [Violation] = [],
    currentRevision: Int64? = nil,
    retryAfterSeconds: Int? = nil
  ) {
    self.code = code
    self.reason = reason
    self.subject = subject
    self.rule = rule
    self.zh = zh
    self.en = en
    self.violations = violations
    self.currentRevision = currentRevision
    self.retryAfterSeconds = retryAfterSeconds
  }
}

/// A closed list of a service's noes: an enum whose cases know their refusal.
package protocol Refusing: Error, Sendable {
  /// The one row of the table from this no to what the caller reads.
  var refusal: Refusal { get }
}

extension Refusal: Refusing {
  package var refusal: Refusal { self }
}
