internal import Connect
internal import Kernel
internal import Messages
internal import Storage

/// The writes whose services check a request beside the rules of its fields, and tell both at once.
///
/// The door knows them too: it leaves a request of theirs to the service, which can say all.
package enum FurtherChecks {
  /// Their paths.
  package static let paths: Set<String> = [
    CatalogueV1.CatalogueService.importCatalogue.path,
    CatalogueV1.CalendarService.importCalendar.path,
    GatewayV1.GatewayService.registerPortal.path,
  ]
}

extension Engine {
  /// A refusal of fields with what is wrong beside their rules.
  ///
  /// A list that is too long is not gone through, nor is anything where so much is told that no
  /// more has room, and with it perhaps that a list is too long. A field that breaks its rule is
  /// not told again. What cannot be checked is left out: the refusal stands as it is.
  func completed(
    _ refusal: Refusal,
    _ request: InboundRequest,
    _ entry: Registry.Entry,
    _ codec: Codec
  ) -> Refusal {
    let told = refusal.violations
    guard let further = entry.further, !told.isEmpty,
      told.count < MessageLimits.violations,
      !told.contains(where: { $0.reason == "TOO_MANY" }),
      let found = try? found(by: further, request, entry, codec)
    else { return refusal }
    let all =
      told
      + found.filter { fault in
        // Neither the same field again, nor for a list what was said of its element.
        !told.contains {
          $0.field == fault.field
            || $0.reason == fault.reason && $0.field.hasPrefix("\(fault.field)[")
        }
      }
    return .invalid(Array(all.prefix(MessageLimits.violations)))
  }

  private func found(
    by further: Registry.FurtherCheck,
    _ request: InboundRequest,
    _ entry: Registry.Entry,
    _ codec: Codec
  ) throws -> [Violation] {
    let realNow = surroundings.realNow()
    let pass = try checkedPass(request, entry, now: realNow)
    let body = try RequestBody.read(
      request.body,
      encoding: request.fields.value(of: "content-encoding"),
      isEnveloped: false,
      limit: settings.body
    )
    let message = try entry.method.request.read(body, codec)
    let call = Call(
      method: entry.method.name,
      pass: pass,
      hall: try hall(request, pass),
      now: surroundings.hallNow(),
      realNow: realNow,
      access: entry.method.access,
      surroundings: surroundings
    )
    return try store.read { snapshot in
      try further(message, Reading(call: call, snapshot: snapshot, seal: seal))
    }
  }
}
