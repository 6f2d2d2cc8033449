internal import Kernel
package import Messages
internal import Service
internal import Storage

extension ApprovalHandlers {
  /// Lists tasks by due day: those of the caller's posts, of a department, or of the hall.
  ///
  /// A task whose clock stands still shows the day as if it ran on today, and stands where the day
  /// of its last change puts it, so that pages stay whole.
  package func listTasks(
    _ request: ApprovalV1.ListTasksRequest,
    _ call: Reading
  ) throws -> ApprovalV1.ListTasksResponse {
    let paging = try Paging(request.page, parts: 2)
    let mark = try paging.mark.map(Self.mark) ?? .first
    let states = TaskState(rawValue: Int64(request.state.rawValue)).map { [$0] } ?? TaskState.live
    let found = try scopes(request, call).flatMap { scope in
      try states.flatMap { state in
        try call.snapshot.taskRows(
          hall: call.call.hall,
          scope,
          state: state,
          after: mark,
          limit: paging.size + 1
        )
      }
    }
    let tasks = found.sorted { $0.mark < $1.mark }
    let (entries, next) = paging.cut(Array(tasks.prefix(paging.size + 1))) { row in
      [row.dueOn.description, row.id]
    }
    return ApprovalV1.ListTasksResponse(
      tasks: try entries.map { try call.asOfToday($0).message },
      nextPageToken: next
    )
  }

  /// The stretches of the indexes that together hold what is asked for.
  private func scopes(_ request: ApprovalV1.ListTasksRequest, _ call: Reading) throws -> [TaskScope]
  {
    if request.mine {
      // A post belongs to one department; filtering tasks instead would thin out the pages.
      let posts = Set(call.call.pass.posts).sorted()
      return try posts.filter { code in
        try request.departmentCode.isEmpty
          || call.post(code)?.departmentCode == request.departmentCode
      }
      .map(TaskScope.post)
    }
    return request.departmentCode.isEmpty ? [.hall] : [.department(request.departmentCode)]
  }

  private static func mark(_ parts: [String]) throws -> TaskMark {
    guard let day = Day(iso: parts[0]) else {
      throw Refusal.invalid(
        field: "page.token",
        reason: "FORMAT",
        zh: "翻页标记无效",
        en: "The page token is not one of this list"
      )
    }
    return TaskMark(dueOn: day, id: parts[1])
  }
}

extension TaskRow {
  /// Where the task stands in a list by due day.
  fileprivate var mark: TaskMark { TaskMark(dueOn: dueOn, id: id) }
}
