import TestSupport
import Testing

@testable import Connect

@Suite struct GetQueryTests {
  static let bodies = TextTable(
    columns: 2,
    """
    /a/B?connect=v1&encoding=json&message=%7B%7D                    {}
    /a/B?message=%7b%7d&encoding=json                               {}
    /a/B?encoding=json&message={}&unknown=1&x&=&&                   {}
    /a/B?encoding=json&message=%7B+%7D                              {_}
    /a/B?encoding=proto&base64=1&message=aGk_                       hi?
    /a/B?encoding=proto&base64=1&message=aGk%2F                     hi?
    /a/B?encoding=proto&base64=1&message=aGk                        hi
    /a/B?encoding=proto&base64=1&message=aGk=                       hi
    /a/B?encoding=proto&base64=1&message=aGk%3D                     hi
    /a/B?encoding=proto&base64=0&message=aGk                        aGk
    /a/B?encoding=proto&base64=1&base64=0&message=aGk&message=b     hi
    /a/B?encoding=proto&message=&message=b                          -
    /a/B?encoding=json&message=%E5%8A%9E                            办
    """
  )

  @Test(arguments: bodies.rows)
  func `the message is taken out of a query in any form`(row: TextTable.Row) throws {
    let query = GetQuery(path: row.columns[0])
    try query.check()
    let text = String(decoding: try query.body(), as: UTF8.self)
    let expected = row.columns[1] == "-" ? "" : row.columns[1].replacing("_", with: " ")
    #expect(text == expected)
  }

  static let faults = TextTable(
    columns: 2,
    """
    /a/B                                                missing:encoding
    /a/B?                                               missing:encoding
    /a/B?message=x                                      missing:encoding
    /a/B?encoding=json                                  missing:message
    /a/B?encoding=json&message=%7                       malformed
    /a/B?encoding=json&message=%zz                      malformed
    /a/B?encoding=json&base64=1&message=a               malformed
    /a/B?encoding=json&base64=1&message=a*b!            malformed
    /a/B?connect=v2&encoding=json&message=x             version
    /a/B?connect=&encoding=json&message=x               version
    """
  )

  @Test(arguments: faults.rows)
  func `what is missing or broken is named`(row: TextTable.Row) {
    let query = GetQuery(path: row.columns[0])
    var found = "none"
    do throws(GetQuery.Fault) {
      try query.check()
      _ = try query.body()
    } catch {
      found =
        switch error {
        case .missing(let name): "missing:\(name)"
        case .version: "version"
        case .malformed: "malformed"
        }
    }
    #expect(found == row.columns[1])
  }

  @Test func `codec and compression are read as text`() {
    let query = GetQuery(path: "/a/B?compression=gz%69p&encoding=pr%6Fto&message=")
    #expect(query.encoding == "proto")
    #expect(query.compression == "gzip")
  }
}
