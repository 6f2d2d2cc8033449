internal import Intake
internal import Storage

/// The materials in a backup beside what intake's copy says of them.
struct MaterialsCheck {
  /// How many hashes one look at the copy takes.
  private static let page = 1_000

  /// How much is there.
  private(set) var amount = MaterialFolder.Amount()
  /// All that is wrong.
  private(set) var faults: [BackupFault] = []

  /// Reads every file, and asks the copy which must be there.
  ///
  /// - Parameters:
  ///   - folder: The backup's folder.
  ///   - copy: Intake's copy, which was found sound.
  init(in folder: String, of copy: String) {
    let name = Services.materialsFolder
    let materials = MaterialFolder(reading: "\(folder)/\(name)")
    for sha256 in materials.all() {
      amount.files += 1
      amount.bytes += materials.size(sha256) ?? 0
      do throws(MaterialFolder.CopyFault) {
        try materials.verify(sha256)
      } catch {
        let file = "\(name)/\(sha256.prefix(2))/\(sha256)"
        faults.append(BackupFault(.changed, file, "is not what its name says: \(error)"))
      }
    }
    do {
      try Store.readCopy(copy) { try demandAttached($0, in: materials) }
    } catch {
      faults.append(BackupFault(.damaged, BackupCheck.file(of: "intake"), "\(error)"))
    }
  }

  /// What is attached to an application must be there.
  private mutating func demandAttached(
    _ snapshot: Snapshot,
    in materials: MaterialFolder
  ) throws {
    var last = ""
    while true {
      let attached = try snapshot.attachedUploads(after: last, limit: Self.page)
      for sha256 in attached where materials.size(sha256) == nil {
        let file = "\(Services.materialsFolder)/\(sha256.prefix(2))/\(sha256)"
        faults.append(BackupFault(.missing, file, "is attached to an application and not there"))
      }
      guard let next = attached.last else { return }
      last = next
    }
  }
}
