internal import Foundation
internal import Messages

/// What `Tests/Benchmarks/run` measures of ours without the whole house.
///
///     BenchProbe serve FOLDER       host EchoRead on one loop until the input ends; prints a line
///                                   of JSON: port, path and pass
///     BenchProbe order FILE         write the encoded sample order
///     BenchProbe messages SECONDS   time decoding and encoding of the sample order; prints a line
///                                   of JSON: nanoseconds each
@main
enum BenchProbe {
  static func main() async throws {
    let arguments = Array(CommandLine.arguments.dropFirst())
    switch (arguments.first, arguments.dropFirst().first) {
    case ("serve", let folder?):
      try await EchoHost.serve(in: folder)
    case ("order", let file?):
      try Data(SampleOrder.value.encode()).write(to: URL(filePath: file))
    case ("messages", let seconds?):
      try MessageTimes.measure(for: .seconds(Double(seconds) ?? 1)).write()
    default:
      FileHandle.standardError.write(Data("BenchProbe serve | order | messages\n".utf8))
      exit(64)
    }
  }
}
