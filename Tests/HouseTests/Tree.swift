import Foundation
import Testing

/// The files of the project.
enum Tree {
  static let root = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// A file of the project.
  struct File: Sendable, CustomTestStringConvertible {
    var path: String
    var text: String

    var testDescription: String { path }
    var lines: [Substring] { text.split(separator: "\n", omittingEmptySubsequences: false) }
  }

  /// The files below a folder with one of these endings, generated ones left out, by path.
  static func files(below folder: String, endings: Set<String> = ["swift"]) throws -> [File] {
    let base = root.appending(path: folder)
    guard
      let all = FileManager.default.enumerator(
        at: base,
        includingPropertiesForKeys: nil,
        options: [.skipsHiddenFiles]
      )
    else { return [] }
    var files: [File] = []
    for case let url as URL in all where endings.contains(url.pathExtension) {
      let path = url.standardized.path.dropFirst(root.standardized.path.count + 1)
      let isGenerated = [
        "enerated/", "CMessages/include/onedoor", "CMessages/include/google", "CDescriptor/",
        "CForeign/",
      ]
      .contains { path.contains($0) }
      if isGenerated { continue }
      if path.contains(".build") { continue }
      files.append(File(path: String(path), text: try String(contentsOf: url, encoding: .utf8)))
    }
    return files.sorted { $0.path < $1.path }
  }
}
