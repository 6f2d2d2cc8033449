internal import Kernel
internal import Messages
internal import Service

extension GatewayHandlers {
  /// The hall's portals, by name.
  func listPortals(
    _ request: GatewayV1.ListPortalsRequest,
    _ call: Reading
  ) throws -> GatewayV1.ListPortalsResponse {
    let paging = try Paging(request.page, parts: 1)
    let fetched = try call.snapshot.portals(
      hall: call.call.hall,
      after: paging.mark?[0] ?? "",
      limit: paging.size + 1
    )
    let (portals, next) = paging.cut(fetched) { [$0.name] }
    let now = call.call.surroundings.realNow()
    return GatewayV1.ListPortalsResponse(
      portals: portals.map { portal in
        GatewayV1.Portal(
          id: portal.id,
          name: portal.name,
          subjectJwk: portal.subjectKey,
          callsPerSecond: UInt32(portal.callsPerSecond),
          registeredBy: portal.registeredBy,
          registeredAt: GoogleProtobuf.Timestamp(portal.registeredAt),
          keyRotatedBy: portal.rotatedBy,
          keyRotatedAt: portal.rotatedAt.map { GoogleProtobuf.Timestamp($0) },
          oldKeyUntil: portal.oldKey.flatMap { old in
            now < old.until ? GoogleProtobuf.Timestamp(old.until) : nil
          },
          revision: portal.revision
        )
      },
      nextPageToken: next
    )
  }
}
