internal import Foundation

/// Reads files that a caller names.
enum Files {
  /// The bytes of a file.
  ///
  /// - Throws: ``Failure`` of the status.
  static func read(_ path: String, or status: Failure.Status = .notFound) throws -> [UInt8] {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw Failure(status, "cannot read \(path)")
    }
    return Array(data)
  }

  /// The bytes of an argument: itself, those of @FILE, or for `-` those of standard input.
  ///
  /// - Throws: ``Failure``.
  static func content(of argument: String) throws -> [UInt8] {
    if argument == "-" { return Array(FileHandle.standardInput.readDataToEndOfFile()) }
    guard argument.hasPrefix("@") else { return Array(argument.utf8) }
    return try read(String(argument.dropFirst()))
  }

  /// The text of an argument without the space around it.
  ///
  /// - Throws: ``Failure``.
  static func text(of argument: String) throws -> String {
    String(decoding: try content(of: argument), as: UTF8.self)
      .trimmingCharacters(in: .whitespacesAndNewlines)
  }
}
