package import Kernel

/// The renewal of a licence, the one term whose silence grants.
///
/// - Source: docs/rules/terms.md, rule T32 (Administrative Licensing Law 50)
package struct Renewal: Sendable, Hashable {
  /// The last day on which the licence is valid.
  package var expiry: Day

  /// How many natural days before the expiry the applicant must apply; 30 unless other law says so.
  package var leadDays: Int

  package init(expiry: Day, leadDays: Int = 30) {
    self.expiry = expiry
    self.leadDays = leadDays
  }

  /// The last day on which an application is in time.
  package var lastDayToApply: Day { expiry.advanced(byDays: -leadDays) }

  /// Whether a licence counts as renewed at `day`, with an application pending and undecided.
  package func isDeemedRenewed(appliedOn applied: Day, at day: Day) -> Bool {
    applied <= lastDayToApply && day > expiry
  }
}
