internal import Foundation
internal import Messages
internal import Service
internal import Simulation
internal import TestSupport
internal import Testing

@testable internal import Gateway

@Suite
struct DocumentsTests {
  private func head(_ path: String, verb: String = "GET", known: String? = nil) -> RequestHead {
    let fields = known.map { ["if-none-match": $0] } ?? [:]
    return RequestHead(verb: verb, path: path, fields: TestFields(values: fields), peer: "::1")
  }

  private func tag(_ answer: Answer) -> String? {
    answer.fields.first { $0.name == "etag" }?.value
  }

  @Test func `The OpenAPI form names every route and no other method`() throws {
    let answer = Documents().answer(head("/openapi.json?x=1"))
    let json = try JSONSerialization.jsonObject(with: Data(answer.body)) as? [String: Any]
    let paths = try #require(json?["paths"] as? [String: Any])
    let routes = Routes(Contract.methods)
    #expect(Set(paths.keys) == Set(routes.paths + ["/materials/{sha256}"]))
    #expect(answer.status == 200)
  }

  @Test func `The OpenAPI form names the roles of each route`() throws {
    let answer = Documents().answer(head(Documents.openAPI))
    let json = try JSONSerialization.jsonObject(with: Data(answer.body)) as? [String: Any]
    let paths = try #require(json?["paths"] as? [String: [String: Any]])
    let routes = Routes(Contract.methods)
    for path in routes.paths {
      guard case .method(let route) = routes.destination(of: path) else { continue }
      let post = try #require(paths[path]?["post"] as? [String: Any])
      let names = try #require(post["x-onedoor-roles"] as? [String])
      #expect(RoleName.roles(names) == route.roles, "\(path)")
      #expect((paths[path]?["get"] != nil) == (route.method.access?.get == true), "\(path)")
    }
  }

  @Test func `Every listed file is served, and none of the inner contract`() {
    let documents = Documents()
    let list = String(decoding: documents.answer(head("/proto/")).body, as: UTF8.self)
    let files = list.split(separator: "\n")
    #expect(files.contains("onedoor/intake/v1/intake.proto"))
    #expect(!list.contains("probe") && !list.contains("feed"))
    for file in files {
      let answer = documents.answer(head("/proto/\(file)"))
      #expect(String(decoding: answer.body.prefix(18), as: UTF8.self) == "syntax = \"proto3\";")
    }
    #expect(documents.answer(head("/proto/onedoor/probe/v1/probe.proto")).status == 404)
    #expect(documents.answer(head("/proto/../Package.swift")).status == 404)
  }

  @Test func `A reader who knows the tag gets no body`() throws {
    let documents = Documents()
    let known = try #require(tag(documents.answer(head(Documents.openAPI))))
    for list in [known, "\"other\", \(known)", "W/\(known)", "*"] {
      let answer = documents.answer(head(Documents.openAPI, known: list))
      #expect(answer.status == 304 && answer.body.isEmpty)
      #expect(tag(answer) == known)
    }
    #expect(documents.answer(head(Documents.openAPI, known: "\"other\"")).status == 200)
  }

  @Test func `Only GET and HEAD are served`() {
    let answer = Documents().answer(head(Documents.openAPI, verb: "POST"))
    #expect(answer.status == 405)
    #expect(Documents().answer(head(Documents.openAPI, verb: "HEAD")).body.isEmpty)
  }

  /// docs/rules/door.md, rule D9.
  @Test func `Readers are limited by their address`() async throws {
    let door = try await DoorRoom { $0.limits.perSource = CallRate(perSecond: 1, burst: 2) }
    let statuses = (0..<3).map { _ in door.gateway.document(for: head("/proto/"))?.status }
    #expect(statuses == [200, 200, 429])
    #expect(door.gateway.document(for: head(DoorRoom.track)) == nil)
  }
}
