internal import Foundation
internal import Glibc

/// A copy of the folder of the keys, beside a backup and never in it.
struct KeyCopy {
  private let source: String
  private let target: String

  /// Prepares a copy.
  ///
  /// - Throws: ``Failure`` if a seal is missing, without which the copy opens nothing; if the
  ///   target is there; or if it and the backup's folder would lie in one another.
  init(_ source: String, to target: String, apartFrom folder: String) throws {
    self.source = source
    self.target = Self.real(URL(filePath: target).standardizedFileURL.path)
    let folder = Self.real(folder)
    guard !Self.lies(self.target, in: folder), !Self.lies(folder, in: self.target) else {
      throw Failure(.invalid, "\(target): keys and the backup that they open must lie apart")
    }
    guard !Self.lies(self.target, in: Self.real(source)) else {
      throw Failure(.invalid, "\(target) lies in the folder of the keys")
    }
    guard !FileManager.default.fileExists(atPath: self.target) else {
      throw Failure(.invalid, "\(target) is there already")
    }
    let missing = Services.names.map { "private/\($0)/seal.key" }.filter {
      !FileManager.default.isReadableFile(atPath: "\(source)/\($0)")
    }
    guard missing.isEmpty else {
      let names = missing.joined(separator: ", ")
      let detail = "without them nobody can read the backup; copy the keys where they lie"
      throw Failure(.configuration, "\(source): \(names) cannot be read: \(detail)")
    }
  }

  /// The path without links, as far as it is there.
  private static func real(_ path: String) -> String {
    var (there, rest) = (path, "")
    while true {
      if let found = realpath(there, nil) {
        defer { free(found) }
        let start = String(cString: found)
        return start == "/" && !rest.isEmpty ? rest : start + rest
      }
      guard let slash = there.lastIndex(of: "/") else { return path }
      rest = String(there[slash...]) + rest
      there = slash == there.startIndex ? "/" : String(there[..<slash])
    }
  }

  private static func lies(_ path: String, in folder: String) -> Bool {
    "\(path)/".hasPrefix(folder.hasSuffix("/") ? folder : "\(folder)/")
  }

  /// Copies files with their rights; folders are their owner's alone.
  ///
  /// - Throws: ``Failure``.
  func make() throws {
    let files = FileManager.default
    do {
      try makeFolder(target)
      guard let names = files.enumerator(atPath: source) else {
        throw Failure(.configuration, "\(source) cannot be read")
      }
      for case let name as String in names {
        let (from, to) = ("\(source)/\(name)", "\(target)/\(name)")
        var isFolder: ObjCBool = false
        _ = files.fileExists(atPath: from, isDirectory: &isFolder)
        if isFolder.boolValue {
          try makeFolder(to)
        } else {
          try DurableFile.write(try Files.read(from, or: .configuration), to: to)
          let rights = try files.attributesOfItem(atPath: from)[.posixPermissions]
          try files.setAttributes([.posixPermissions: rights ?? 0o600], ofItemAtPath: to)
        }
      }
    } catch let failure as Failure {
      throw failure
    } catch {
      throw Failure(.fault, "the keys cannot be copied: \(error.localizedDescription)")
    }
  }

  private func makeFolder(_ path: String) throws {
    try FileManager.default.createDirectory(
      atPath: path,
      withIntermediateDirectories: true,
      attributes: [.posixPermissions: 0o700]
    )
  }
}
