internal import ArgumentParser
internal import Foundation
internal import Host

/// Where the configuration comes from.
struct ConfigurationOptions: ParsableArguments {
  @Option(help: "The configuration file (JSON); \(Configuration.fileVariable) names it too.")
  var config: String?

  @Option(help: "The data folder of `up`, whose configuration is used.")
  var data: String?

  /// The file in which `up` keeps what it tells the services.
  static let fileOfUp = "onedoor.json"

  /// Reads the file and the environment.
  ///
  /// - Throws: ``Failure`` with every fault.
  func read() throws -> Configuration {
    try read(ProcessInfo.processInfo.environment)
  }

  /// What can be had of a configuration with faults: the file without the environment, or nothing
  /// but the data folder.
  ///
  /// - Throws: ``Failure`` if not even that holds.
  func readBestPart() throws -> Configuration {
    do {
      return try read([:])
    } catch {
      do {
        return try Configuration(file: nil, environment: data.map { ["ONEDOOR_DATA": $0] } ?? [:])
      } catch {
        throw Failure(.configuration, error.description)
      }
    }
  }

  private func read(_ environment: [String: String]) throws -> Configuration {
    let ofUp = data.map { "\($0)/\(Self.fileOfUp)" }
    let path = config ?? ofUp ?? environment[Configuration.fileVariable]
    let file = try path.map { (path: $0, bytes: try Files.read($0, or: .configuration)) }
    do {
      return try Configuration(file: file, environment: environment)
    } catch {
      throw Failure(.configuration, error.description)
    }
  }
}
