import Approval
import Kernel
import Messages
import Service
import Simulation
import Storage
import TestSupport
import Testing

@Suite struct `ListTasks` {
  let hall: Hall

  init() throws {
    hall = try Hall()
    for index in 0..<5 {
      try hall.accept("37021220260914021\(10_000 + index)0", item: index < 3 ? "X1" : "X3")
      hall.room.advance(to: hall.room.clock.now.advanced(byMilliseconds: 86_400_000))
    }
  }

  private func list(
    _ request: ApprovalV1.ListTasksRequest,
    as identity: Identity = .manager
  ) throws -> ApprovalV1.ListTasksResponse {
    try hall.room.call(Hall.Approval.listTasks, request, as: identity)
  }

  @Test func `the hall's live tasks come by due day, page by page, each once`() throws {
    var seen: [ApprovalV1.Task] = []
    var token = ""
    repeat {
      let page = CommonV1.Page(size: 2, token: token)
      let answer = try list(ApprovalV1.ListTasksRequest(page: page))
      #expect(answer.tasks.count <= 2)
      seen += answer.tasks
      token = answer.nextPageToken
    } while !token.isEmpty
    #expect(seen.count == 7 && Set(seen.map(\.id)).count == 7)
    #expect(seen.map(\.dueOn) == seen.map(\.dueOn).sorted())
  }

  @Test func `mine are those of the posts of my pass`() throws {
    let mine = ApprovalV1.ListTasksRequest(mine: true)
    #expect(try list(mine, as: .handler).tasks.map(\.postCode) == ["H01", "H01", "H01"])
    #expect(try list(mine, as: .fire).tasks.map(\.taskCode) == ["consult", "consult"])
    #expect(try list(mine, as: .manager).tasks.isEmpty)
    let elsewhere = ApprovalV1.ListTasksRequest(mine: true, departmentCode: "030")
    #expect(try list(elsewhere, as: .handler).tasks.isEmpty)
  }

  @Test func `a department's tasks and those in a state`() throws {
    let department = ApprovalV1.ListTasksRequest(departmentCode: "030")
    #expect(try list(department).tasks.count == 4)
    try hall.opine("handle", as: .handler, of: "37021220260914021100000")
    let done = ApprovalV1.ListTasksRequest(departmentCode: "021", state: .done)
    #expect(try list(done).tasks.map(\.taskCode) == ["handle"])
    try hall.claim("handle", as: .handler, of: "37021220260914021100010")
    let claimed = ApprovalV1.ListTasksRequest(state: .claimed)
    #expect(try list(claimed).tasks.map(\.claimedBy) == ["handler-a"])
  }

  @Test func `a foreign page token is refused`() throws {
    let page = CommonV1.Page(size: 2, token: "x")
    let wrong = try violations { _ = try list(ApprovalV1.ListTasksRequest(page: page)) }
    #expect(wrong == ["page.token FORMAT"])
  }
}
