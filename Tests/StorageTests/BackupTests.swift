import Foundation
import Kernel
import Testing

@testable import Storage

@Suite struct BackupTests {
  let now = Instant(unixMilliseconds: 1_789_000_000_000)

  func filled(_ scratch: Scratch) throws -> Store {
    let store = try Example.store(scratch)
    try store.write { transaction throws in
      for number in 0..<300 { try transaction.addPublishedNote("n\(number)", size: 500) }
    }
    return store
  }

  @Test func `what is restored equals what was backed up, and goes on from there`() throws {
    let scratch = Scratch()
    let store = try filled(scratch)
    let manifest = try store.backup(to: scratch.path("copy"), madeAt: now)
    let head = try store.read { try $0.feedHead() }
    try store.write { try $0.addPublishedNote("later") }
    #expect(manifest.feedPosition == 300 && manifest.service == "intake")
    #expect(try Store.checkBackup(scratch.path("copy")) == manifest)
    #expect(
      try Store.restore(from: scratch.path("copy"), to: scratch.path("again.sqlite")) == manifest
    )
    let again = try Example.store(scratch, "again.sqlite")
    #expect(try again.read { try $0.noteNames() } == (0..<300).map { "n\($0)" })
    #expect(try again.verifyChain() == .sound(head))
    #expect(again.batch([{ try $0.addPublishedNote("x") }]).map(\.word) == ["committed 301"])
  }

  @Test func `a backup is taken while units are written, and is one instant`() throws {
    let scratch = Scratch()
    let store = try filled(scratch)
    // The reader inside holds an older snapshot; neither it nor the writer is in the way.
    try store.read { snapshot throws in
      _ = try snapshot.noteNames()
      try store.write { try $0.addPublishedNote("later") }
      #expect(try store.backup(to: scratch.path("copy"), madeAt: now).feedPosition == 301)
    }
  }

  @Test func `only the owner may read the store, its log, its lock and its backups`() throws {
    let scratch = Scratch()
    let store = try filled(scratch)
    try store.backup(to: scratch.path("copy"), madeAt: now)
    for name in ["intake.sqlite", "intake.sqlite-wal", "intake.sqlite.lock", "copy"] {
      let facts = try FileManager.default.attributesOfItem(atPath: scratch.path(name))
      #expect(facts[.posixPermissions] as? Int == 0o600, "\(name)")
    }
  }

  @Test func `a copy that is given up leaves nothing and says why`() throws {
    let scratch = Scratch()
    let store = try filled(scratch)
    let path = scratch.path("copy")
    let drafts = ["", "-wal", "-shm", "-journal"].map { "\(path).part\($0)" }
    // As a copy leaves them whose process was killed.
    for draft in drafts { try Data("x".utf8).write(to: URL(filePath: draft)) }
    #expect(throws: StoreInstant.Cancelled.self) {
      try store.instant(takenAt: now).copy(to: path) {
        for draft in drafts { try? Data("x".utf8).write(to: URL(filePath: draft)) }
        return true
      }
    }
    let left = try FileManager.default.contentsOfDirectory(atPath: scratch.path(""))
    #expect(!left.contains { $0.hasPrefix("copy") }, "\(left)")
    // A draft that cannot be removed, since it is a folder now, is not why there is no copy.
    #expect(throws: StoreInstant.Cancelled.self) {
      try store.instant(takenAt: now).copy(to: path) {
        try? FileManager.default.removeItem(atPath: drafts[0])
        try? FileManager.default.createDirectory(
          atPath: drafts[0],
          withIntermediateDirectories: false
        )
        return true
      }
    }
  }

  @Test func `a small file that cannot be written leaves no draft`() throws {
    let scratch = Scratch()
    let path = scratch.path("small")
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    #expect(throws: StoreError.self) { try Store.writeFile([1], to: path) }
    #expect(!FileManager.default.fileExists(atPath: path + ".part"))
  }

  @Test func `a file that is there is not written over`() throws {
    let scratch = Scratch()
    let store = try filled(scratch)
    try store.backup(to: scratch.path("copy"), madeAt: now)
    #expect(throws: StoreError.self) {
      try store.backup(to: scratch.path("copy"), madeAt: now)
    }
    #expect(throws: StoreError.self) {
      try Store.restore(from: scratch.path("copy"), to: scratch.path())
    }
    store.close()
    #expect(throws: StoreError.self) {
      try Store.restore(from: scratch.path("copy"), to: scratch.path())
    }
  }

  @Test(arguments: [0, 5_000, 100_000] as [UInt64])
  func `a changed backup is refused`(offset: UInt64) throws {
    let scratch = Scratch()
    try filled(scratch).backup(to: scratch.path("copy"), madeAt: now)
    try scratch.damage("copy", at: offset, with: [0xEE])
    #expect {
      try Store.restore(from: scratch.path("copy"), to: scratch.path("again.sqlite"))
    } throws: { error in
      if case .badBackup = error as? StoreError { true } else { false }
    }
    #expect(!FileManager.default.fileExists(atPath: scratch.path("again.sqlite")))
  }

  @Test func `a manifest that does not fit is refused`() throws {
    let scratch = Scratch()
    try filled(scratch).backup(to: scratch.path("copy"), madeAt: now)
    let path = scratch.path("copy.manifest")
    let text = String(decoding: try Files.contents(path), as: UTF8.self)
    for changed in [
      text.replacingOccurrences(of: "feed_position: 300", with: "feed_position: 299"),
      text.replacingOccurrences(of: "format: 2", with: "format: 3"),
      // The first format had no cursors.
      text.replacingOccurrences(of: "format: 2", with: "format: 1")
        .replacingOccurrences(of: "schema:", with: "cursor: catalogue 3 ab\nschema:"),
      text.replacingOccurrences(of: "schema:", with: "cursor: catalogue 3 ab\nschema:"),
      text.replacingOccurrences(of: "schema:", with: "cursor: catalogue three\nschema:"),
      "",
    ] {
      try Files.writeDurably(path, Array(changed.utf8))
      #expect(throws: StoreError.self) { try Store.checkBackup(scratch.path("copy")) }
    }
  }

  @Test func `a manifest of the first format is still read`() throws {
    let scratch = Scratch()
    let store = try filled(scratch)
    try store.write { try $0.saveCursor(upstream: "catalogue", position: 3, hash: [0xAB]) }
    try store.backup(to: scratch.path("copy"), madeAt: now)
    let path = scratch.path("copy.manifest")
    let text = String(decoding: try Files.contents(path), as: UTF8.self)
    #expect(text.contains("cursor: catalogue 3 ab\n"))
    let first =
      text.replacingOccurrences(of: "format: 2", with: "format: 1")
      .replacingOccurrences(of: "cursor: catalogue 3 ab\n", with: "")
    try Files.writeDurably(path, Array(first.utf8))
    let manifest = try Store.checkBackup(scratch.path("copy"))
    #expect(manifest.cursors.isEmpty && manifest.feedPosition == 300)
    #expect(manifest.text == first)
  }

  @Test func `an instant stays what it was while units are written`() throws {
    let scratch = Scratch()
    let store = try filled(scratch)
    // More pages than the copier takes at once.
    try store.write { transaction throws in
      for number in 300..<360 { try transaction.addPublishedNote("n\(number)", size: 200_000) }
    }
    let instant = try store.instant(takenAt: now)
    for number in 0..<50 { try store.write { try $0.addPublishedNote("after \(number)") } }
    var meanwhile = 0
    let manifest = try instant.copy(to: scratch.path("copy")) {
      // The writer goes on between two parts of the copy.
      let outcomes = store.batch([{ try $0.addPublishedNote("meanwhile \(meanwhile)") }])
      meanwhile += outcomes.map(\.word).filter { $0.hasPrefix("committed") }.count
      return false
    }
    #expect(meanwhile > 2)
    #expect(manifest.feedPosition == 360)
    let names = try Store.readCopy(scratch.path("copy")) { try $0.noteNames() }
    #expect(names == (0..<360).map { "n\($0)" })
    #expect(throws: StoreError.self) { try instant.copy(to: scratch.path("again")) }
    // Its copy done, it keeps the log no longer.
    #expect(try store.checkpoint().isComplete)
  }

  @Test func `a copy that nobody wants any more leaves no file`() throws {
    let scratch = Scratch()
    let store = try filled(scratch)
    #expect(throws: StoreInstant.Cancelled.self) {
      try store.instant(takenAt: now).copy(to: scratch.path("copy")) { true }
    }
    let left = try FileManager.default.contentsOfDirectory(atPath: scratch.path(""))
    #expect(!left.contains { $0.hasPrefix("copy") })
  }

  @Test func `a failed backup leaves no file`() throws {
    let scratch = Scratch()
    let store = try filled(scratch)
    #expect(throws: StoreError.self) {
      try store.backup(to: scratch.path("no/such/folder"), madeAt: now)
    }
    #expect(try store.read { try $0.noteNames() }.count == 300)
  }
}
