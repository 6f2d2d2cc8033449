internal import Messages
internal import Service

extension GatewayHandlers {
  /// How the gateway sees the caller.
  func whoAmI(
    _ request: GatewayV1.WhoAmIRequest,
    _ call: Reading
  ) throws -> GatewayV1.WhoAmIResponse {
    let pass = call.call.pass
    return GatewayV1.WhoAmIResponse(
      subject: pass.subject,
      roles: pass.roles.sorted { $0.rawValue < $1.rawValue }.compactMap(RoleName.text(of:)),
      halls: pass.halls,
      posts: pass.posts,
      onBehalfOf: pass.onBehalfOf,
      assurance: pass.assurance,
      hallNow: GoogleProtobuf.Timestamp(call.call.now),
      demoClock: demoClock
    )
  }
}
