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
      text.replacingOccurrences(of: "format: 1", with: "format: 2"),
      "",
    ] {
      try Files.writeDurably(path, Array(changed.utf8))
      #expect(throws: StoreError.self) { try Store.checkBackup(scratch.path("copy")) }
    }
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
