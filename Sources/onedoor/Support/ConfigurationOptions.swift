internal import ArgumentParser
internal import Foundation
internal import Host

/// Where the configuration comes from.
struct ConfigurationOptions: ParsableArguments {
  @Option(help: "The configuration file (JSON); \(Configuration.fileVariable) names it too.")
  var config: String?

  /// Reads the file and the environment.
  ///
  /// - Throws: ``Failure`` with every fault.
  func read() throws -> Configuration {
    let environment = ProcessInfo.processInfo.environment
    let path = config ?? environment[Configuration.fileVariable]
    let file = try path.map { (path: $0, bytes: try Files.read($0, or: .configuration)) }
    do {
      return try Configuration(file: file, environment: environment)
    } catch {
      throw Failure(.configuration, error.description)
    }
  }
}
