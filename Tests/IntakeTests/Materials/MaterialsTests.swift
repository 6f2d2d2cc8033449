import Foundation
import Kernel
import Messages
import Service
import Simulation
import Storage
import TestSupport
import Testing

@testable import Intake

@Suite struct MaterialsTests {
  private struct Fields: HeaderFields {
    var values: [String: String]

    func value(of name: StaticString) -> String? { values[name.description] }
  }

  /// A hall with its files; file work is done at once.
  private struct Shelf {
    let hall: Hall
    let materials: Materials
    var folder: String { "\(hall.room.folder)/materials" }

    init(limit: Int64 = IntakeLimits.fileBytes) throws {
      hall = try Hall()
      materials = try Materials(
        engine: hall.room.engine,
        folder: "\(hall.room.folder)/materials",
        limit: limit,
        offload: { $0() }
      )
    }

    func fields(_ identity: Identity?, _ more: [String: String]) throws -> Fields {
      var values = more
      if let identity {
        let pass = Pass(
          issuer: Keyring.gateway,
          subject: identity.subject,
          roles: identity.roles,
          halls: [Room.hall],
          expiresAt: hall.room.clock.now.advanced(byMilliseconds: Pass.lifetime)
        )
        values["onedoor-pass"] = try TestKeys.keyring(Keyring.gateway).seal(pass)
      }
      return Fields(values: values)
    }

    func begin(
      _ sha256: String,
      as identity: Identity? = Hall.owner,
      _ more: [String: String] = ["content-type": "application/pdf"],
      certified: String? = nil
    ) throws -> (sink: any BodySink, reply: CollectedReply) {
      let reply = CollectedReply()
      let head = RequestHead(
        verb: "PUT",
        path: "/materials/\(sha256)",
        fields: try fields(identity, more),
        peer: "203.0.113.7",
        certified: certified
      )
      return (try #require(materials.sink(for: head, to: reply)), reply)
    }

    func put(
      _ bytes: [UInt8],
      sha256: String? = nil,
      as identity: Identity? = Hall.owner,
      _ more: [String: String] = ["content-type": "application/pdf"]
    ) throws -> Answer {
      let (sink, reply) = try begin(sha256 ?? hash(bytes), as: identity, more)
      for start in stride(from: 0, to: bytes.count, by: 5) {
        sink.receive(Array(bytes[start..<min(start + 5, bytes.count)]), resume: {})
      }
      sink.end()
      hall.room.settle()
      return try #require(reply.answer)
    }

    func get(
      _ sha256: String,
      as identity: Identity = Hall.owner,
      range: String? = nil,
      certified: String? = nil
    ) throws -> (answer: Answer, body: [UInt8]) {
      let reply = CollectedReply()
      let request = InboundRequest(
        verb: "GET",
        path: "/materials/\(sha256)",
        fields: try fields(identity, range.map { ["range": $0] } ?? [:]),
        body: [],
        peer: "",
        certified: certified
      )
      materials.dispatch(request, to: reply)
      return (try #require(reply.answer), reply.takePieces().flatMap { $0 })
    }

    func hash(_ bytes: [UInt8]) -> String { Digest.hex(Digest.sha256(bytes)) }

    func files() -> [String] {
      let paths = FileManager.default.enumerator(atPath: folder)?.allObjects as? [String]
      return (paths ?? []).filter { $0.contains("/") }.sorted()
    }
  }

  private let pdf = Array("%PDF-1.7 a small paper".utf8)

  @Test func `heads of calls are known through it, those of files are not`() throws {
    let shelf = try Shelf()
    let fields = try shelf.fields(Hall.owner, ["content-type": "application/proto"])
    func known(_ path: String) -> (any KnownHead)? {
      shelf.materials.known(
        RequestHead(verb: "POST", path: path, fields: fields, peer: "203.0.113.7")
      )
    }
    #expect(known("/onedoor.intake.v1.IntakeService/TrackApplication") != nil)
    #expect(known("/materials/" + String(repeating: "0", count: 64)) == nil)
  }

  @Test func `bytes come in pieces, lie under their hash, and go out to their owner`() throws {
    let shelf = try Shelf()
    let sha256 = shelf.hash(pdf)
    let answer = try shelf.put(pdf)
    #expect(answer.status == 200)
    #expect(
      String(decoding: answer.body, as: UTF8.self) == #"{"sha256":"\#(sha256)","size":22}"#
    )
    #expect(shelf.files() == ["\(sha256.prefix(2))/\(sha256)"])
    let got = try shelf.get(sha256)
    #expect(got.answer.status == 200 && got.body == pdf)
    #expect(got.answer.fields.contains(.init("content-type", "application/pdf")))
    #expect(try shelf.put(pdf).status == 200, "a repeat is no fault")
    let material = IntakeV1.AttachedMaterial(materialCode: "M1", sha256: sha256)
    #expect(try shelf.hall.submit(materials: [material]).materials.first?.size == 22)
  }

  /// docs/rules/intake.md, rule I12.
  @Test func `others do not find it, the hall's staff does`() throws {
    let shelf = try Shelf()
    let sha256 = shelf.hash(pdf)
    _ = try shelf.put(pdf)
    let absent = try shelf.get(shelf.hash([1]), as: Hall.stranger).answer
    let others = try shelf.get(sha256, as: Hall.stranger).answer
    #expect(absent.status == 404 && others.status == 404)
    #expect(try shelf.get(sha256, as: Hall.clerk).body == pdf)
    let again = try shelf.put(pdf, as: Hall.stranger)
    #expect(try again == shelf.put(pdf), "that it was known never shows")
    #expect(try shelf.get(sha256, as: Hall.stranger).body == pdf)
  }

  @Test func `what does not fit its declaration is refused and leaves nothing`() throws {
    let shelf = try Shelf(limit: 30)
    let cases: [(Answer, Int, String)] = [
      (try shelf.put(pdf, sha256: shelf.hash([1])), 400, "HASH_MISMATCH"),
      (
        try shelf.put(pdf, ["content-type": "application/pdf", "content-length": "21"]), 400,
        "SIZE_MISMATCH"
      ),
      (try shelf.put(Array("no pdf at all".utf8)), 400, "TYPE_MISMATCH"),
      (try shelf.put(pdf, [:]), 400, "TYPE_MISMATCH"),
      (try shelf.put([UInt8](repeating: 7, count: 31)), 413, "TOO_LARGE"),
      (
        try shelf.put(pdf, ["content-type": "application/pdf", "content-length": "31"]), 413,
        "TOO_LARGE"
      ),
      (try shelf.put(pdf, as: nil), 403, "BYPASS"),
      (try shelf.put(pdf, as: .official(.auditor, "x")), 403, "WRONG_ROLE"),
    ]
    for (answer, status, reason) in cases {
      #expect(answer.status == status)
      #expect(answer.fields.contains(.init("onedoor-reason", reason)))
    }
    #expect(shelf.files().isEmpty)
    #expect(try shelf.get(shelf.hash(pdf)).answer.status == 404)
  }

  @Test(
    arguments: [
      ("gateway", true), ("operator", true), (nil, true), ("approval", false), ("watch", false),
    ]
  )
  func `a pass counts only over a connection of its issuer`(name: String?, counts: Bool) throws {
    let shelf = try Shelf()
    _ = try shelf.put(pdf)
    let read = try shelf.get(shelf.hash(pdf), certified: name).answer
    let (sink, reply) = try shelf.begin(shelf.hash([1]), certified: name)
    sink.receive([1], resume: {})
    sink.end()
    shelf.hall.room.settle()
    let written = try #require(reply.answer)
    #expect(read.status == (counts ? 200 : 403))
    for answer in [read, written] {
      let reason = answer.fields.first { $0.name == "onedoor-reason" }?.value
      #expect((reason == "BYPASS") == !counts, "\(reason ?? "no reason")")
    }
  }

  /// docs/rules/intake.md, rule I12.
  @Test func `an owner from outside uploads so much in a day and no more`() throws {
    let shelf = try Shelf()
    let now = shelf.hall.room.clock.now
    func keep(_ sha256: String, size: Int64, hoursAgo: Int64) throws {
      let row = UploadRow(
        hall: Room.hall,
        owner: Hall.owner.subject,
        sha256: sha256,
        size: size,
        mediaType: "application/pdf",
        uploadedAt: now.advanced(byMilliseconds: -hoursAgo * 3_600_000)
      )
      try shelf.hall.room.engine.store.write { try $0.save(row) }
    }
    try keep("old", size: IntakeLimits.uploadedBytes, hoursAgo: 25)
    try keep("new", size: IntakeLimits.uploadedBytes - Int64(pdf.count), hoursAgo: 23)
    #expect(try shelf.put(pdf).status == 200, "exactly the quota")
    let other = Array("%PDF-1.7 x".utf8)
    let refused = try shelf.put(other)
    #expect(refused.status == 429)
    #expect(refused.fields.contains(.init("onedoor-reason", "UPLOAD_QUOTA")))
    #expect(shelf.files().count == 1, "nothing is left of it")
    #expect(try shelf.put(other, as: Hall.stranger).status == 200)
    #expect(try shelf.put(other, as: Hall.clerk).status == 200)
  }

  @Test func `an upload that is given up leaves nothing`() throws {
    let shelf = try Shelf()
    let (sink, _) = try shelf.begin(shelf.hash(pdf))
    sink.receive(pdf, resume: {})
    #expect(shelf.files().count == 1)
    sink.abort()
    #expect(shelf.files().isEmpty)
  }

  @Test func `a range is answered as a part`() throws {
    let shelf = try Shelf()
    _ = try shelf.put(pdf)
    let part = try shelf.get(shelf.hash(pdf), range: "bytes=1-3")
    #expect(part.answer.status == 206 && part.body == Array("PDF".utf8))
    #expect(part.answer.fields.contains(.init("content-range", "bytes 1-3/22")))
    #expect(try shelf.get(shelf.hash(pdf), range: "bytes=-5").body == Array("paper".utf8))
    #expect(try shelf.get(shelf.hash(pdf), range: "bytes=22-").answer.status == 416)
  }

  @Test func `a large file waits for its reader`() throws {
    let shelf = try Shelf()
    let bytes = [UInt8](repeating: 65, count: 700_000)
    _ = try shelf.put(bytes, ["content-type": "text/plain"])
    let reply = CollectedReply()
    reply.pretend(backlog: 1 << 20)
    let request = InboundRequest(
      verb: "GET",
      path: "/materials/\(shelf.hash(bytes))",
      fields: try shelf.fields(Hall.owner, [:]),
      body: [],
      peer: ""
    )
    shelf.materials.dispatch(request, to: reply)
    #expect(reply.takePieces().map(\.count) == [256 << 10] && !reply.isFinished)
    reply.pretend(backlog: 0)
    #expect(reply.takePieces().map(\.count).reduce(0, +) == 700_000 - 256 << 10)
    #expect(reply.isFinished)
  }

  /// docs/rules/intake.md, rule I12.
  @Test func `the sweep takes leftovers and spares what is needed`() throws {
    let shelf = try Shelf()
    let kept = Array("%PDF-kept".utf8)
    _ = try shelf.put(kept)
    _ = try shelf.put(pdf)
    let material = IntakeV1.AttachedMaterial(materialCode: "M1", sha256: shelf.hash(kept))
    try shelf.hall.submit(materials: [material])
    let stray = String(repeating: "a", count: 64)
    for path in ["aa/\(stray)", "parts/left-over"] {
      let url = URL(filePath: "\(shelf.folder)/\(path)")
      try FileManager.default.createDirectory(
        at: url.deletingLastPathComponent(),
        withIntermediateDirectories: true
      )
      try Data([1]).write(to: url)
    }
    #expect(shelf.materials.sweep(now: shelf.hall.room.clock.now, shelves: 256) == 2)
    #expect(shelf.files().count == 2)
    shelf.hall.room.clock.advance(byMilliseconds: IntakeLimits.looseUpload + 1)
    shelf.materials.sweep(now: shelf.hall.room.clock.now, shelves: 256)
    shelf.hall.room.settle()
    #expect(shelf.materials.sweep(now: shelf.hall.room.clock.now, shelves: 256) == 1)
    #expect(shelf.files() == ["\(shelf.hash(kept).prefix(2))/\(shelf.hash(kept))"])
    #expect(try shelf.get(shelf.hash(pdf)).answer.status == 404)
  }

  @Test func `an upload under way is not swept`() throws {
    let shelf = try Shelf()
    let (sink, reply) = try shelf.begin(shelf.hash(pdf))
    sink.receive(pdf, resume: {})
    #expect(shelf.materials.sweep(now: shelf.hall.room.clock.now, shelves: 256) == 0)
    sink.end()
    #expect(reply.answer == nil, "the row is not written yet")
    #expect(shelf.materials.sweep(now: shelf.hall.room.clock.now, shelves: 256) == 0)
    shelf.hall.room.settle()
    #expect(reply.answer?.status == 200)
    #expect(try shelf.get(shelf.hash(pdf)).body == pdf)
  }

  @Test func `calls go on to the engine, other paths and verbs nowhere`() throws {
    let shelf = try Shelf()
    func status(_ verb: String, _ path: String) throws -> Int? {
      let reply = CollectedReply()
      let request = InboundRequest(
        verb: verb,
        path: path,
        fields: try shelf.fields(Hall.owner, ["content-type": "application/proto"]),
        body: [],
        peer: ""
      )
      shelf.materials.dispatch(request, to: reply)
      return reply.answer?.status
    }
    #expect(try status("POST", "/onedoor.intake.v1.IntakeService/ListApplications") == 200)
    #expect(try status("GET", "/materials/xyz") == 404)
    #expect(try status("DELETE", "/materials/\(shelf.hash(pdf))") == 405)
    #expect(try status("GET", "/elsewhere") == 404)
  }
}

@Suite struct ByteRangeTests {
  @Test func `one range is read, anything else is the whole`() {
    func range(_ header: String?) -> [Int64]? {
      ByteRange.wanted(header, of: 10).map { [$0.first, $0.count, $0.isPart ? 1 : 0] }
    }
    #expect(range(nil) == [0, 10, 0])
    #expect(range("bytes=0-") == [0, 10, 1])
    #expect(range("bytes=2-4") == [2, 3, 1])
    #expect(range("bytes=8-99") == [8, 2, 1])
    #expect(range("bytes=-3") == [7, 3, 1])
    #expect(range("bytes=-99") == [0, 10, 1])
    #expect(range("bytes=10-") == nil)
    #expect(range("bytes=-0") == nil)
    for odd in ["bytes=4-2", "bytes=0-1,3-4", "lines=1-2", "bytes=a-b", "bytes=5"] {
      #expect(range(odd) == [0, 10, 0])
    }
  }
}
