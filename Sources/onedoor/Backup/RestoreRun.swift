internal import Foundation
internal import Host
internal import Intake
internal import Storage

/// Looks through a backup, and makes a data folder from it.
struct RestoreRun {
  /// What was found, and done.
  struct Report: Codable {
    /// One thing that is wrong.
    struct Fault: Codable {
      var kind: String
      var file: String
      var detail: String
    }

    /// One service's store.
    struct Restored: Codable {
      var service: String
      var feedPosition: Int64
      var bytes: Int64
    }

    var folder: String
    var faults: [Fault]
    var services: [Restored]
    /// Services that the others could not be compared with.
    var notCompared: [String]
    var materials: Int
    var materialBytes: Int64
    /// Whether `backup.json` is there, without which the backup was not finished, or not as one.
    var recorded: Bool
    var restored: Bool
    var tookMs: Int64
  }

  private let folder: String
  private let services: [String]
  private let begin = ContinuousClock.now
  private let check: BackupCheck
  private let materials: MaterialsCheck?
  private let recorded: Bool
  private(set) var faults: [BackupFault]

  /// Looks through everything; nothing is written.
  ///
  /// - Parameters:
  ///   - folder: The backup.
  ///   - named: The services to restore; empty for all, which then must be there.
  ///   - takesUnfinished: Whether all may be taken from a folder without `backup.json`.
  ///   - data: The data folder; nil if the backup is only to be checked.
  init(_ folder: String, _ named: [String], takesUnfinished: Bool, into data: String?) {
    self.folder = folder
    let services = named.isEmpty ? Services.names : named
    self.services = services
    let present = Services.names.filter { name in
      FileManager.default.fileExists(atPath: "\(folder)/\(BackupCheck.file(of: name))")
    }
    // All that is there is looked at, since each copy may show that another is too old.
    let looked = Services.names.filter { (services + present).contains($0) }
    check = BackupCheck(folder, of: looked, isThorough: true)
    faults = check.faults + Self.differences(folder, check.manifests)
    recorded = FileManager.default.fileExists(atPath: "\(folder)/\(BackupRecord.file)")
    if named.isEmpty, !recorded, !takesUnfinished { faults.append(Self.unfinished) }
    materials =
      check.manifests["intake"] == nil
      ? nil : MaterialsCheck(in: folder, of: "\(folder)/\(BackupCheck.file(of: "intake"))")
    faults += materials?.faults ?? []
    if let data { faults += Self.obstacles(data) }
  }

  /// The command that made the folder never said that all of it was there and fits.
  private static let unfinished = BackupFault(
    .unfinished,
    BackupRecord.file,
    "is not there: the backup was not finished, or these are copies of single stores; "
      + "--unfinished takes them as they are"
  )

  /// What differs between the copies and what `backup.json` says of them.
  private static func differences(
    _ folder: String,
    _ manifests: [String: BackupManifest]
  ) -> [BackupFault] {
    let name = BackupRecord.file
    guard let data = FileManager.default.contents(atPath: "\(folder)/\(name)") else { return [] }
    guard let record = BackupRecord(Array(data)) else {
      return [BackupFault(.unreadable, name, "is not the record of a backup")]
    }
    return record.copies.compactMap { copy in
      guard let manifest = manifests[copy.service], manifest.sha256 != copy.sha256 else {
        return nil
      }
      return BackupFault(.foreign, copy.name, "is not the copy that \(name) speaks of")
    }
  }

  /// What is in the way in a data folder, whichever services are restored: stores of another
  /// instant beside them would not fit.
  private static func obstacles(_ data: String) -> [BackupFault] {
    Services.names.compactMap { service in
      let name = BackupCheck.file(of: service)
      guard let obstacle = Store.obstacle(at: "\(data)/\(name)") else { return nil }
      if case .locked(let detail) = obstacle { return BackupFault(.inUse, name, detail) }
      return BackupFault(.inTheWay, name, obstacle.detail)
    }
  }

  /// Makes the data folder.
  ///
  /// - Throws: ``Failure``.
  func restore(into data: String) throws {
    let lock = try FolderLock(making: data)
    defer { withExtendedLifetime(lock) {} }
    do {
      // Before the store that speaks of them.
      if services.contains("intake") {
        let name = Services.materialsFolder
        let target = try MaterialFolder(path: "\(data)/\(name)")
        _ = try MaterialFolder(reading: "\(folder)/\(name)").copy(to: target)
      }
      for service in services {
        guard let manifest = check.manifests[service] else { continue }
        let name = BackupCheck.file(of: service)
        try Store.place("\(folder)/\(name)", manifest, at: "\(data)/\(name)")
      }
      let clock = "\(folder)/\(BackupFolder.clockFile)"
      if let bytes = FileManager.default.contents(atPath: clock) {
        try DurableFile.write(Array(bytes), to: "\(data)/\(BackupFolder.clockFile)")
      }
    } catch let failure as Failure {
      throw failure
    } catch {
      let detail = (error as? StoreError)?.detail ?? "\(error)"
      throw Failure(.fault, "\(detail)\nwhat was restored so far lies in \(data): remove it")
    }
  }

  /// What was found, and done.
  func report(isRestored: Bool) -> Report {
    Report(
      folder: folder,
      faults: faults.map { .init(kind: $0.kind.rawValue, file: $0.file, detail: $0.detail) },
      services: services.compactMap { service in
        check.manifests[service].map {
          .init(service: service, feedPosition: $0.feedPosition, bytes: $0.bytes)
        }
      },
      notCompared: Services.names.filter { check.manifests[$0] == nil },
      materials: materials?.amount.files ?? 0,
      materialBytes: materials?.amount.bytes ?? 0,
      recorded: recorded,
      restored: isRestored,
      tookMs: Int64((ContinuousClock.now - begin).milliseconds)
    )
  }
}
