internal import Gateway
internal import Host
internal import Service

/// The gateway's door, with what load balancers ask before it.
///
/// Metrics and the operator's other paths are on the inner port alone.
struct DoorEndpoint: Door {
  private let gateway: Gateway
  private let health: Health

  init(_ gateway: Gateway, _ health: Health) {
    self.gateway = gateway
    self.health = health
  }

  func passage(of head: RequestHead) -> Passage {
    if let document = gateway.document(for: head) { return .answer(document) }
    guard head.verb == "GET" else { return gateway.passage(of: head) }
    switch head.path {
    case "/livez": return .answer(Answer(status: 200))
    case "/readyz": return .answer(Answer(status: health.isReady ? 200 : 503))
    default: return gateway.passage(of: head)
    }
  }

  func dispatch(_ request: InboundRequest, to reply: any Reply) {
    gateway.dispatch(request, to: reply)
  }
}
