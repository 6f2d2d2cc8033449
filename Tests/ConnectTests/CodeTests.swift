import TestSupport
import Testing

@testable import Connect

@Suite struct CodeTests {
  private static let codes = TextTable(
    columns: 3,
    """
    canceled             1  499
    unknown              2  500
    invalid_argument     3  400
    deadline_exceeded    4  504
    not_found            5  404
    already_exists       6  409
    permission_denied    7  403
    resource_exhausted   8  429
    failed_precondition  9  400
    aborted             10  409
    out_of_range        11  400
    unimplemented       12  501
    internal            13  500
    unavailable         14  503
    data_loss           15  500
    unauthenticated     16  401
    """
  )

  @Test(arguments: codes.rows)
  func `a code has a name, a number and a status`(row: TextTable.Row) throws {
    let code = try #require(Code(name: row.columns[0]))
    #expect(String(code.rawValue) == row.columns[1])
    #expect(String(code.httpStatus) == row.columns[2])
    #expect(code.name == row.columns[0])
  }

  @Test func `there are sixteen codes and no other names`() {
    #expect(Code.allCases.count == 16)
    #expect(Self.codes.rows.count == 16)
    for name in ["", "ok", "cancelled", "Internal", "internal_error"] {
      #expect(Code(name: name) == nil)
    }
  }

  private static let inferred = TextTable(
    columns: 2,
    """
    400  internal
    401  unauthenticated
    403  permission_denied
    404  unimplemented
    429  unavailable
    502  unavailable
    503  unavailable
    504  unavailable
    200  unknown           # success without a message is no success
    409  unknown
    500  unknown           # only an error's JSON says internal
    501  unknown
    0    unknown
    """
  )

  @Test(arguments: inferred.rows)
  func `a bare status tells a code`(row: TextTable.Row) throws {
    let status = try #require(Int(row.columns[0]))
    #expect(Code(inferredFromHTTPStatus: status).name == row.columns[1])
  }
}
