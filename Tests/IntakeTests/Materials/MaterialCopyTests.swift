import Foundation
import Intake
import Service
import Testing

/// Materials that are put into another folder, as a backup and a restore do.
@Suite struct MaterialCopyTests {
  /// Two folders, removed with the value.
  private final class Folders {
    let source: String
    let target: String

    init(apart other: String? = nil) throws {
      let name = "materials-\(UUID().uuidString)"
      source = FileManager.default.temporaryDirectory.appending(path: name).path()
      target = "\(other ?? FileManager.default.temporaryDirectory.path())/\(name)-copy"
      _ = try MaterialFolder(path: source)
    }

    deinit {
      try? FileManager.default.removeItem(atPath: source)
      try? FileManager.default.removeItem(atPath: target)
    }

    /// Puts bytes under their hash, or under another.
    @discardableResult
    func put(_ text: String, as sha256: String? = nil) throws -> String {
      let name = sha256 ?? Digest.hex(Digest.sha256(Array(text.utf8)))
      let shelf = "\(source)/\(name.prefix(2))"
      try FileManager.default.createDirectory(atPath: shelf, withIntermediateDirectories: true)
      try Data(text.utf8).write(to: URL(filePath: "\(shelf)/\(name)"))
      return name
    }

    func copy() throws -> MaterialFolder.Amount {
      try MaterialFolder(path: source).copy(to: MaterialFolder(path: target))
    }

    func inode(_ folder: String, _ sha256: String) throws -> Int {
      let path = "\(folder)/\(sha256.prefix(2))/\(sha256)"
      let number = try FileManager.default.attributesOfItem(atPath: path)[.systemFileNumber]
      return try #require(number as? Int)
    }
  }

  @Test func `a file gets a second name where the file system is the same`() throws {
    let folders = try Folders()
    let names = try ["one", "two", "three"].map { try folders.put($0) }
    #expect(try folders.copy() == MaterialFolder.Amount(files: 3, bytes: 11))
    for name in names {
      #expect(try folders.inode(folders.source, name) == folders.inode(folders.target, name))
    }
    #expect(MaterialFolder(reading: folders.target).all() == names.sorted())
  }

  /// A folder of another file system than that of temporary files; nil if there is none.
  static let elsewhere: String? = {
    let here = FileManager.default.temporaryDirectory.path()
    func device(_ path: String) -> Int? {
      (try? FileManager.default.attributesOfItem(atPath: path))?[.systemNumber] as? Int
    }
    return ["/var/tmp", "/dev/shm"].first { path in
      FileManager.default.isWritableFile(atPath: path) && device(path) != device(here)
    }
  }()

  @Test(.enabled(if: elsewhere != nil))
  func `a file is copied where the file system is another`() throws {
    let folders = try Folders(apart: Self.elsewhere)
    let name = try folders.put(String(repeating: "long ", count: 500_000))
    #expect(try folders.copy() == MaterialFolder.Amount(files: 1, bytes: 2_500_000))
    try MaterialFolder(reading: folders.target).verify(name)
    let parts = try FileManager.default.contentsOfDirectory(atPath: "\(folders.target)/parts")
    #expect(parts.isEmpty)
  }

  @Test func `only what is not there yet is copied`() throws {
    let folders = try Folders()
    let first = try folders.put("one")
    _ = try folders.copy()
    let before = try folders.inode(folders.target, first)
    try FileManager.default.removeItem(
      atPath: "\(folders.source)/\(first.prefix(2))/\(first)"
    )
    try folders.put("two")
    #expect(try folders.copy() == MaterialFolder.Amount(files: 2, bytes: 6))
    #expect(try folders.inode(folders.target, first) == before)
  }

  @Test func `bytes that do not hash to their name are told`() throws {
    let folders = try Folders()
    let name = Digest.hex(Digest.sha256([1]))
    try folders.put("something else", as: name)
    #expect(throws: MaterialFolder.CopyFault.changed(sha256: name)) { try folders.copy() }
  }

  @Test func `a copy that nobody wants any more ends before the next file`() throws {
    let folders = try Folders()
    try folders.put("one")
    #expect(throws: MaterialFolder.CopyFault.cancelled) {
      try MaterialFolder(path: folders.source).copy(to: MaterialFolder(path: folders.target)) {
        true
      }
    }
  }
}
