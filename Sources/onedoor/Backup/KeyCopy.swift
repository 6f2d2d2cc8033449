internal import Foundation

/// A copy of the folder of the keys, beside a backup and never in it.
struct KeyCopy {
  private let source: String
  private let target: String

  /// Prepares a copy.
  ///
  /// - Throws: ``Failure`` if the target is there, or lies in the backup's folder.
  init(_ source: String, to target: String, apartFrom folder: String) throws {
    self.source = source
    self.target = URL(filePath: target).standardizedFileURL.path
    guard !"\(self.target)/".hasPrefix("\(folder)/") else {
      throw Failure(.invalid, "\(target): keys must not lie in the backup that they open")
    }
    guard !FileManager.default.fileExists(atPath: self.target) else {
      throw Failure(.invalid, "\(target) is there already")
    }
    guard FileManager.default.isReadableFile(atPath: source) else {
      throw Failure(.configuration, "\(source) cannot be read")
    }
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
