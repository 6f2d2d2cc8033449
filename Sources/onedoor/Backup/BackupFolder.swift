internal import Foundation
internal import Storage

/// The folder of a backup that is being made, which no other command writes into meanwhile.
struct BackupFolder: Sendable {
  /// The name of a demonstration's clock in a backup.
  static let clockFile = "clock"

  let path: String
  private let lock: FolderLock
  /// All that was there before, below the folder.
  private let before: Set<String>

  /// Makes the folder if it is not there, and takes its lock.
  ///
  /// - Throws: ``Failure``, also if a file is there that a backup of the services would have: none
  ///   is ever written over.
  init(making path: String, for services: [String]) throws {
    self.path = path
    lock = try FolderLock(making: path)
    let names = services.flatMap { service in
      let name = BackupCheck.file(of: service)
      return [name, "\(name).manifest"]
    }
    let taken = (names + [BackupRecord.file, Self.clockFile]).filter {
      FileManager.default.fileExists(atPath: "\(path)/\($0)")
    }
    guard taken.isEmpty else {
      throw Failure(.invalid, "\(path) has \(taken.joined(separator: ", ")) already")
    }
    before = Set(Self.content(of: path))
  }

  /// Removes what a backup of the services has put here, whole or not; what was there before, and
  /// what is nobody's of a backup, stays.
  ///
  /// - Returns: What could not be removed.
  func clean(_ services: [String]) -> [String] {
    let names = Self.names(services)
    let made = Self.content(of: path).filter { file in
      !before.contains(file) && names.contains(String(file.prefix { $0 != "/" }))
    }
    // What lies in a folder comes before the folder.
    return made.sorted(by: >).filter { file in
      let whole = "\(path)/\(file)"
      do {
        try FileManager.default.removeItem(atPath: whole)
        return false
      } catch {
        return FileManager.default.fileExists(atPath: whole)
      }
    }
  }

  private static func content(of path: String) -> [String] {
    (try? FileManager.default.subpathsOfDirectory(atPath: path)) ?? []
  }

  /// What a backup may put into a folder.
  private static func names(_ services: [String]) -> Set<String> {
    var names: Set = [Services.materialsFolder]
    for file in [BackupRecord.file, clockFile] { names.formUnion([file, "\(file).part"]) }
    for service in services {
      let name = BackupCheck.file(of: service)
      let drafts = ["", "-wal", "-shm", "-journal"].map { "\(name).part\($0)" }
      names.formUnion([name, "\(name).manifest", "\(name).manifest.part"] + drafts)
    }
    return names
  }
}
