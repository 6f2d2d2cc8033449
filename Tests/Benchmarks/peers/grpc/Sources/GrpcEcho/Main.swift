import GRPCCore
import GRPCNIOTransportHTTP2Posix
import Glibc
import NIOPosix

/// `EchoRead` by grpc-swift-2 on one event loop, without TLS, interceptors and logging.
///
///     GrpcEcho pool    handlers run on Swift's own threads beside the loop, as they do by default
///     GrpcEcho loop    handlers run on the loop itself
///
/// Serves on a free port of the loopback until the standard input ends. Prints a line of JSON: port
/// and path. All else is as grpc-swift has it: its defaults gather what is to be sent.
@main
enum GrpcEcho {
  static func main() async throws {
    let executor: LoopExecutor?
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    switch CommandLine.arguments.dropFirst().first {
    case "pool": executor = nil
    case "loop": executor = LoopExecutor(loop: group.next())
    default:
      print("GrpcEcho pool | loop")
      exit(64)
    }
    let server = GRPCServer(
      transport: .http2NIOPosix(
        address: .ipv4(host: "127.0.0.1", port: 0),
        transportSecurity: .plaintext,
        eventLoopGroup: group
      ),
      services: [Echo()]
    )
    try await withThrowingDiscardingTaskGroup { tasks in
      tasks.addTask(executorPreference: executor) { try await server.serve() }
      if let port = try await server.listeningAddress?.ipv4?.port {
        let method = Onedoor_Probe_V1_ProbeService.Method.EchoRead.descriptor
        print(#"{"port":\#(port),"path":"/\#(method.fullyQualifiedMethod)"}"#)
        // A pipe would keep the line.
        fflush(nil)
      }
      while readLine() != nil {}
      server.beginGracefulShutdown()
    }
  }
}
