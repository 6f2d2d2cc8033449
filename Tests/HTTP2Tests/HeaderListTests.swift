import Testing

@testable import HTTP2

@Suite struct HeaderListTests {
  @Test func `fields keep their order and doubles`() {
    var list = HeaderList(method: "POST", scheme: "https", authority: "hall:443", path: "/a?b")
    list.append("set-cookie", "a=1")
    list.append("set-cookie", [UInt8(ascii: "b")][...])
    list.append(name: "x-名", value: "值")
    #expect(list.count == 7)
    #expect(
      list.description == """
        :method: POST
        :scheme: https
        :authority: hall:443
        :path: /a?b
        set-cookie: a=1
        set-cookie: b
        x-名: 值
        """
    )
    #expect(list.string(of: "set-cookie") == "a=1")
    #expect(list.method.map(Array.init) == Array("POST".utf8))
    #expect(list.path.map(Array.init) == Array("/a?b".utf8))
    #expect(list.scheme.map(Array.init) == Array("https".utf8))
    #expect(list.authority.map(Array.init) == Array("hall:443".utf8))
    #expect(list.status == nil)
  }

  @Test func `an empty list and empty values are lists and values`() {
    var list = HeaderList()
    #expect(list.isEmpty)
    #expect(list.size == 0)
    #expect(list.value(of: "a") == nil)
    list.append("a", "")
    list.append("b", [])
    #expect(!list.isEmpty)
    #expect(list.value(of: "a") == [])
    #expect(list.value(of: Array("b".utf8)) == [])
    #expect(list.has("a", ""))
    #expect(!list.has("a", "x"))
    #expect(list.size == 2 * (1 + 32))
  }

  @Test func `a name is found whole, not by its beginning`() {
    var list = HeaderList()
    list.append("content-type-x", "1")
    list.append("content-typ", "2")
    #expect(list.value(of: "content-type") == nil)
    list.append("content-type", "3")
    #expect(list.string(of: "content-type") == "3")
  }

  @Test(arguments: [("200", 200), ("099", 99), ("20", nil), ("2000", nil), ("2x0", nil), ("", nil)])
  func `a status is three digits`(text: String, status: Int?) {
    var list = HeaderList()
    list.append(":status", text)
    #expect(list.status == status)
  }

  @Test func `fields can be removed, replaced and taken over without those unwanted`() {
    var list = HeaderList(status: 200)
    list.append("connection-id", "1", isSensitive: true)
    list.append("x", "2")
    list.append("x", "3")
    var copy = HeaderList(status: 404)
    copy.append(contentsOf: list) { name, _ in name.first != UInt8(ascii: ":") }
    #expect(copy.pairs.map(\.name) == [":status", "connection-id", "x", "x"])
    #expect(copy.index(of: "connection-id")?.isSensitive == true)
    copy.removeAll(named: "y")
    copy.removeAll(named: "x")
    #expect(copy.pairs.map(\.name) == [":status", "connection-id"])
    list.replace("x", "4")
    #expect(list.pairs.map(\.value) == ["200", "1", "4"])
  }

  @Test func `equality looks at names, values and marks`() {
    var one = HeaderList()
    one.append("ab", "c")
    var other = HeaderList()
    other.append("a", "bc")
    #expect(one != other)
    var marked = HeaderList()
    marked.append("ab", "c", isSensitive: true)
    #expect(one != marked)
    var same = HeaderList()
    same.append("ab", [UInt8(ascii: "c")])
    #expect(one == same)
    #expect(one.hashValue == same.hashValue)
  }
}
