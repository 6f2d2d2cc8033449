internal import Foundation

/// Inputs that are kept with the sources: a file a target, an input a line in Base64.
enum Corpus {
  private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "Corpus")

  private static func file(of target: any FuzzTarget) -> URL {
    folder.appending(path: "\(target.name).txt")
  }

  /// The seeds of a target and what is kept for it; behind `#` stands why.
  static func inputs(of target: any FuzzTarget) throws -> [[UInt8]] {
    let file = file(of: target)
    guard FileManager.default.fileExists(atPath: file.path) else { return target.seeds }
    let text = try String(contentsOf: file, encoding: .utf8)
    let kept = text.split(separator: "\n").compactMap { line -> [UInt8]? in
      let input = line.prefix { $0 != "#" }.trimmingCharacters(in: .whitespaces)
      guard !input.isEmpty else { return nil }
      return Data(base64Encoded: input).map { [UInt8]($0) }
    }
    return target.seeds + kept
  }

  /// Writes seeds and corpus as files, which libFuzzer begins with.
  static func unpack(_ target: any FuzzTarget, into folder: String) throws {
    let folder = URL(filePath: folder)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    for (index, input) in try inputs(of: target).enumerated() {
      try Data(input).write(to: folder.appending(path: "kept-\(index)"))
    }
  }

  /// Makes the short files of a folder the corpus; lines with a reason stay.
  static func pack(_ target: any FuzzTarget, from folder: String) throws {
    let file = file(of: target)
    let old = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
    let reasoned = old.split(separator: "\n").filter { $0.contains("#") }.map(String.init)
    let seeds = Set(target.seeds)
    let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    let lines = try names.compactMap { name -> String? in
      let input = try Data(contentsOf: URL(filePath: folder).appending(path: name))
      guard input.count <= 512, !seeds.contains([UInt8](input)) else { return nil }
      return input.base64EncodedString()
    }
    let text = (reasoned + Set(lines).sorted()).joined(separator: "\n") + "\n"
    try Data(text.utf8).write(to: file)
  }
}
