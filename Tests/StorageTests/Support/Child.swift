import Foundation

/// Another program, run to its end.
enum Child {
  struct Result {
    var status: Int32
    var output: String
    var errors: String
  }

  /// Where the probe was built: beside the tests.
  static var probe: String {
    get throws {
      let tests = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
      let folders = [
        URL(filePath: tests).deletingLastPathComponent(),
        URL(filePath: CommandLine.arguments.first ?? "").deletingLastPathComponent(),
        Bundle.main.bundleURL,
      ]
      let places = folders.map { $0.appending(path: "StorageProbe").path() }
      guard let place = places.first(where: FileManager.default.isExecutableFile) else {
        throw CocoaError(.fileNoSuchFile)
      }
      return place
    }
  }

  static func run(_ program: String, _ arguments: [String]) throws -> Result {
    let process = Process()
    process.executableURL = URL(filePath: program)
    process.arguments = arguments
    let output = Pipe()
    let errors = Pipe()
    process.standardOutput = output
    process.standardError = errors
    try process.run()
    let said = try output.fileHandleForReading.readToEnd() ?? Data()
    let complained = try errors.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return Result(
      status: process.terminationStatus,
      output: String(decoding: said, as: UTF8.self),
      errors: String(decoding: complained, as: UTF8.self)
    )
  }

  /// Runs a program until it has said a line that many times, and kills it at once.
  ///
  /// - Returns: all that it had said by then.
  static func kill(
    _ program: String,
    _ arguments: [String],
    afterLines wanted: Int
  ) throws
    -> [String]
  {
    let process = Process()
    process.executableURL = URL(filePath: program)
    process.arguments = arguments
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    var said = Data()
    while said.count(where: { $0 == 10 }) < wanted {
      let piece = output.fileHandleForReading.availableData
      if piece.isEmpty { break }
      said += piece
    }
    Foundation.kill(process.processIdentifier, SIGKILL)
    said += try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    // A line that was cut is no acknowledgement.
    return said.split(separator: 10, omittingEmptySubsequences: false).dropLast().map {
      String(decoding: $0, as: UTF8.self)
    }
  }
}
