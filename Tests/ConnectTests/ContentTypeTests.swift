import Testing

@testable import Connect

@Suite struct ContentTypeTests {
  @Test(arguments: [
    ("application/proto", ContentType(.proto)),
    ("application/json", ContentType(.json)),
    ("application/json; charset=utf-8", ContentType(.json)),
    ("Application/JSON;charset=UTF-8", ContentType(.json)),
    (" application/proto ", ContentType(.proto)),
    ("application/connect+proto", ContentType(.proto, isStreaming: true)),
    ("application/connect+json ; a=b", ContentType(.json, isStreaming: true)),
    ("", nil),
    (";", nil),
    ("application/grpc", nil),
    ("application/proto2", nil),
    ("application/connect", nil),
    ("text/json", nil),
  ])
  func `a content type is read with or without parameters`(text: String, type: ContentType?) {
    #expect(ContentType(header: text.utf8) == type)
  }

  @Test func `each content type is read from its own name`() {
    for type in ContentType.all { #expect(ContentType(header: type.name.utf8) == type) }
    #expect(ContentType.acceptPost(isStreaming: false) == "application/proto, application/json")
    #expect(
      ContentType.acceptPost(isStreaming: true)
        == "application/connect+proto, application/connect+json"
    )
  }

  @Test func `a codec is known by its name`() {
    #expect(Codec(name: "proto") == .proto)
    #expect(Codec(name: "json") == .json)
    #expect(Codec(name: "JSON") == nil)
  }

  private static let codings: [(String?, ContentCoding?)] = [
    (nil, .identity),
    ("", .identity),
    ("identity", .identity),
    ("gzip", .gzip),
    (" GZIP", .gzip),
    ("br", nil),
    ("gzip, gzip", nil),
  ]

  @Test(arguments: codings)
  func `a content coding is known or not`(text: String?, coding: ContentCoding?) {
    #expect(ContentCoding(header: text?.utf8) == coding)
    #expect(ContentCoding.supported == "identity, gzip")
  }

  private static let accepted: [(String?, ContentCoding)] = [
    (nil, .identity),
    ("", .identity),
    ("gzip", .gzip),
    ("br, gzip;q=0.5", .gzip),
    ("identity, GZip", .gzip),
    ("gzip;q=0", .identity),
    ("gzip; q=0.000", .identity),
    ("gzip;q=0.001", .gzip),
    ("xgzip", .identity),
    ("*", .identity),
  ]

  @Test(arguments: accepted)
  func `an answer is compressed if its caller takes gzip`(text: String?, coding: ContentCoding) {
    #expect(ContentCoding.chosen(forAcceptEncoding: text?.utf8) == coding)
  }
}
