import Foundation

/// Runs the program as an outsider does.
struct Tool {
  /// What a run printed and how it ended.
  struct Result {
    var output: String
    var error: String
    var status: Int32
  }

  /// The executable beside the tests' own.
  private static var program: URL {
    get throws {
      let tests = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
      // The test bundle lies in the same folder, whatever its runner is.
      let bundle = CommandLine.arguments.first { $0.hasSuffix(".xctest") } ?? tests
      return URL(filePath: bundle).deletingLastPathComponent().appending(path: "onedoor")
    }
  }

  /// Runs the program with arguments and waits for its end.
  static func run(
    _ arguments: String,
    environment: [String: String] = [:],
    folder: String = "/"
  ) throws -> Result {
    let process = Process()
    process.executableURL = try program
    process.arguments = arguments.split(separator: " ").map(String.init)
    process.environment = environment
    process.currentDirectoryURL = URL(filePath: folder)
    let output = Pipe()
    let error = Pipe()
    process.standardOutput = output
    process.standardError = error
    try process.run()
    let text = output.fileHandleForReading.readDataToEndOfFile()
    let fault = error.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return Result(
      output: String(decoding: text, as: UTF8.self),
      error: String(decoding: fault, as: UTF8.self),
      status: process.terminationStatus
    )
  }

  /// Runs the program, its output going to a file, and waits for its end.
  static func run(_ arguments: String, to path: String) throws -> Result {
    let process = Process()
    process.executableURL = try program
    process.arguments = arguments.split(separator: " ").map(String.init)
    process.environment = [:]
    let error = Pipe()
    process.standardOutput = try FileHandle(forWritingTo: URL(filePath: path))
    process.standardError = error
    try process.run()
    let fault = error.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return Result(
      output: "",
      error: String(decoding: fault, as: UTF8.self),
      status: process.terminationStatus
    )
  }

  /// Starts the program and waits until it prints a line.
  ///
  /// - Returns: The process, which runs, and what it has printed.
  static func start(
    _ arguments: String,
    environment: [String: String] = [:],
    folder: String,
    until line: String
  ) throws -> (process: Process, text: String) {
    let process = Process()
    process.executableURL = try program
    process.arguments = arguments.split(separator: " ").map(String.init)
    process.environment = environment
    process.currentDirectoryURL = URL(filePath: folder)
    let output = Pipe()
    process.standardOutput = output
    process.standardError = output
    try process.run()
    var text = ""
    while !text.contains(line) {
      let piece = output.fileHandleForReading.availableData
      guard !piece.isEmpty else { throw Ended(output: text) }
      text += String(decoding: piece, as: UTF8.self)
    }
    return (process, text)
  }

  /// The program ended before it printed what was waited for.
  struct Ended: Error {
    var output: String
  }

  /// Waits until something is so, for ten seconds at most.
  static func wait(until condition: () throws -> Bool) throws {
    let deadline = ContinuousClock.now + .seconds(10)
    while try !condition() {
      guard ContinuousClock.now < deadline else { throw Ended(output: "nothing came") }
      usleep(10_000)
    }
  }

  /// How often a text occurs in a file.
  static func count(_ text: String, in path: String) throws -> Int {
    try String(contentsOfFile: path, encoding: .utf8).ranges(of: text).count
  }
}
