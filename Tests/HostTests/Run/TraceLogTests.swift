import Foundation
import Host
import Kernel
import Messages
import Service
import Storage
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(1))) struct TraceLogTests {
  private let folder: TemporaryFolder
  private let trace = TraceContext("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
  private static let upstream = Definition(name: "catalogue", migrations: [])

  init() throws {
    folder = try TemporaryFolder()
  }

  /// The fields of a line.
  private func fields(_ line: String) throws -> [String: String] {
    try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: String])
  }

  @Test func `the line of a call names its trace, if it has one`() async throws {
    let (lines, told) = AsyncStream.makeStream(of: String.self)
    let service = try await RunningService.start(
      Self.upstream,
      in: folder,
      environment: ["ONEDOOR_LOG_CALLS": "all"],
      lines: { told.yield($0) }
    )
    let path = FeedV1.FeedService.getHead.path
    // A GET is refused, which is a call with a line all the same.
    _ = try await service.get(path, [("traceparent", trace?.text ?? "")])
    _ = try await service.get(path)
    _ = try await service.get(path, [("traceparent", "00-1")])
    try await service.stop()
    told.finish()
    var calls: [[String: String]] = []
    for await line in lines where line.contains(#""message":"call""#) {
      calls.append(try fields(line))
    }
    #expect(calls.map { $0["method"] } == [path, path, path])
    #expect(calls.map { $0["trace_id"] } == [trace?.traceID, nil, nil])
    #expect(calls.map { $0["span_id"] } == [trace?.spanID, nil, nil])
  }

  @Test func `an entry that cannot be applied is told with the trace that published it`()
    async throws
  {
    let (lines, told) = AsyncStream.makeStream(of: String.self)
    let first = try await RunningService.start(Self.upstream, in: folder)
    var effects = Effects(of: "catalogue")
    effects.on(CatalogueV1.PublishResponse.self) { _, _, _ in
      throw StoreError.corrupt(detail: "cannot")
    }
    var definition = Definition(name: "intake", migrations: [])
    definition.follows = [effects]
    let intake = try await RunningService.start(
      definition,
      in: folder,
      environment: ["ONEDOOR_LISTEN_CATALOGUE": "127.0.0.1:\(first.port)"],
      lines: { told.yield($0) }
    )
    try await first.publish(1...1, in: trace)
    for await line in lines where line.contains("a followed entry cannot be applied") {
      let fields = try fields(line)
      #expect(fields["trace_id"] == trace?.traceID && fields["span_id"] == trace?.spanID)
      #expect(fields["position"] == "1" && fields["upstream"] == "catalogue")
      break
    }
    try await intake.stop()
    try await first.stop()
  }
}
