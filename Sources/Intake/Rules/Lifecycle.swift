/// What can happen to an application.
package enum ApplicationEvent: Sendable, Hashable, CaseIterable {
  /// Handed in online.
  case submit
  /// Received by a clerk.
  case receive
  /// Told what is missing.
  case requestCorrection
  /// Gaps were closed, some or all.
  case supplyCorrection
  /// Accepted by a clerk.
  case accept
  /// The five days passed in silence.
  case deem
  /// Two persons refused acceptance.
  case refuse
  /// Taken back.
  case withdraw
  /// The applicant stayed silent past the day of the notice.
  case expire
  /// Approval opened the case.
  case open
  /// A special procedure began.
  case suspend
  /// A special procedure ended.
  case resume
  /// Decided: yes.
  case grant
  /// Decided: no.
  case deny
  /// The certificate was issued.
  case certify
  /// The result was handed over.
  case deliver
}

/// The transitions of an application: what is not in the table is refused.
///
/// - Source: docs/rules/intake.md, rules I1 and I14
package enum Lifecycle {
  /// For each state what each event makes of it.
  package static let transitions: [ApplicationState: [ApplicationEvent: ApplicationState]] = [
    .draft: [.submit: .submitted],
    .submitted: [
      .receive: .received, .requestCorrection: .correction, .accept: .accepted,
      .deem: .accepted, .refuse: .refused, .withdraw: .withdrawn,
    ],
    .received: [
      .requestCorrection: .correction, .accept: .accepted, .deem: .accepted,
      .refuse: .refused, .withdraw: .withdrawn,
    ],
    .correction: [
      .supplyCorrection: .correction, .accept: .accepted, .deem: .accepted,
      .withdraw: .withdrawn, .expire: .returned,
    ],
    .accepted: [.open: .reviewing, .withdraw: .withdrawn],
    .reviewing: [
      .suspend: .suspended, .grant: .granted, .deny: .denied, .withdraw: .withdrawn,
    ],
    .suspended: [
      .resume: .reviewing, .grant: .granted, .deny: .denied, .withdraw: .withdrawn,
    ],
    // A decision that was taken before approval knew of the withdrawal stands.
    .withdrawn: [.grant: .granted, .deny: .denied],
    .granted: [.certify: .certified, .deliver: .delivered],
    .denied: [.deliver: .delivered],
    .certified: [.deliver: .delivered],
  ]

  /// What an event makes of a state; nil if it cannot happen there.
  package static func next(
    _ state: ApplicationState,
    on event: ApplicationEvent
  ) -> ApplicationState? {
    transitions[state]?[event]
  }
}
