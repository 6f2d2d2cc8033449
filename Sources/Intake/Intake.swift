internal import Messages
package import Service

/// Intake, the door: drafts, applications, materials, receipts and acceptance.
///
/// It owns an application until it is accepted: its number, its five days, its one correction
/// notice, its admission. From then on the case is approval's, and intake follows approval's feed
/// so that those who track an application see its true state.
///
/// Follows: catalogue (items, departments, posts, calendar), approval (the case's state).
///
/// - `CreateDraft` begins an application.
/// - `AttachMaterial` attaches an uploaded file.
/// - `SubmitApplication` hands it in: number, query code, five days.
/// - `ReceiveApplication` receives it at a window.
/// - `RequestCorrection` tells once what is missing.
/// - `SupplyCorrection` closes gaps.
/// - `AcceptApplication` starts the clocks and signs the admission.
/// - `RefuseAcceptance` asks to refuse; `Countersign` signs, `RejectCountersignature` declines.
/// - `ListCountersignatures` shows what waits for a signature.
/// - `WithdrawApplication` takes it back.
/// - `GetApplication`, `ListApplications` show it to its owner and to the hall.
/// - `TrackApplication` shows it to whoever has the receipt.
/// - `GetReceipt` shows the receipt.
///
/// Files come and go by ``Materials``, beside the calls.
package struct IntakeHandlers: IntakeServiceHandlers {
  package typealias Reading = Service.Reading
  package typealias Writing = Service.Writing

  /// The code of the hall's region, six digits: the head of every case number.
  let region: String

  /// Who tries out query codes.
  let lookups = LookupGuard(.lookup)
}

extension Definition {
  /// The service intake.
  ///
  /// - Parameter region: The code of the hall's region, six digits (GB/T 2260).
  /// - Returns: What makes the service.
  package static func intake(region: String) -> Definition {
    precondition(
      region.utf8.count == 6 && region.utf8.allSatisfy { (0x30...0x39).contains($0) },
      "A region's code has six digits."
    )
    var definition = Definition(name: "intake", migrations: IntakeSchema.migrations)
    IntakeHandlers(region: region).register(in: &definition.registry)
    definition.timers = [
      IntakeTimer.deemedAcceptance: IntakeTimer.deem,
      IntakeTimer.correctionExpiry: IntakeTimer.expire,
    ]
    definition.follows = [.catalogueOfIntake, .approvalOfIntake]
    definition.verifications = [.applications]
    return definition
  }
}
