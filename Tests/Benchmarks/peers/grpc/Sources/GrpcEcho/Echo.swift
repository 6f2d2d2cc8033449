import GRPCCore

/// Answers what it was asked.
struct Echo: Onedoor_Probe_V1_ProbeService.SimpleServiceProtocol {
  func echoRead(
    request: Onedoor_Probe_V1_EchoReadRequest,
    context: ServerContext
  ) async throws -> Onedoor_Probe_V1_EchoReadResponse {
    .with { $0.text = request.text }
  }
}
