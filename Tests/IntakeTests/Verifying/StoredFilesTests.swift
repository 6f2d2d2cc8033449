import Foundation
import Kernel
import Messages
import Simulation
import Storage
import Testing

@testable import Intake
@testable import Service

@Suite struct `Verifying materials` {
  private let folder: String
  private let hall: Hall
  private let number: String
  private let sha256: String

  init() throws {
    let hall = try Hall()
    let material = try hall.upload("M1")
    let folder = "\(hall.room.folder)/materials"
    (self.hall, self.folder, sha256) = (hall, folder, material.sha256)
    number = try hall.submit(materials: [material]).number
    try FileManager.default.createDirectory(
      atPath: "\(folder)/\(sha256.prefix(2))",
      withIntermediateDirectories: true
    )
    try put("bytes")
  }

  private func put(_ text: String) throws {
    try text.write(
      toFile: "\(folder)/\(sha256.prefix(2))/\(sha256)",
      atomically: false,
      encoding: .utf8
    )
  }

  private func faults() throws -> [StoredFault] {
    let verifier = Verifier(hall.room.engine)
    return try Verification.materials(in: folder).flatMap { check in
      try check.check(verifier, check.start).faults
    }
  }

  @Test func `whole files of their hash are sound`() throws {
    #expect(try faults() == [])
  }

  @Test func `a flipped byte is found by the hash`() throws {
    try put("bytez")
    let faults = try faults()
    #expect(faults.count == 1)
    #expect(faults.first?.what == .material && faults.first?.expected == sha256)
    #expect(faults.first?.stored == Digest.hex(Digest.sha256(Array("bytez".utf8))))
  }

  @Test func `a cut file and a missing one are found at upload and material`() throws {
    try put("byt")
    #expect(try faults().map(\.stored) == ["3 bytes", "3 bytes"])
    #expect(try faults().map(\.expected) == ["5 bytes", "5 bytes"])
    try FileManager.default.removeItem(atPath: "\(folder)/\(sha256.prefix(2))/\(sha256)")
    #expect(try faults().map(\.stored) == ["no file", "no file"])
    #expect(try faults().last?.subject == "\(number) material \(sha256)")
  }

  @Test func `a material without an upload is found`() throws {
    try hall.room.tamper("DELETE FROM upload")
    #expect(try faults().map(\.stored) == ["no upload"])
  }

  @Test func `what is attached is listed once, behind a mark`() throws {
    _ = try hall.upload("M2")
    let store = hall.room.engine.store
    #expect(try store.read { try $0.attachedUploads(after: "", limit: 10) } == [sha256])
    #expect(try store.read { try $0.attachedUploads(after: sha256, limit: 10) } == [])
  }
}
