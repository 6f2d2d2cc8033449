internal import Messages
internal import Service
internal import Storage

/// What the catalogue's entries do here: besides keeping them, posts are found by department, and a
/// new calendar re-dates open clocks.
enum FollowingCatalogue {
  static let effects: Effects = {
    var effects = Effects.catalogue
    effects.on(CatalogueV1.PostPublished.self) { event, _, writing in
      try writing.keep(event.post, id: event.post?.code)
      guard let post = event.post else { return }
      try writing.transaction.saveDutyPost(
        post.code,
        of: post.departmentCode,
        role: post.role.rawValue,
        hall: writing.call.hall
      )
    }
    effects.on(CatalogueV1.CalendarPublished.self) { event, _, writing in
      try writing.keep(event.file, id: "", version: event.version)
      let hall = writing.call.hall
      let isFirst = try writing.transaction.newestCalendar(hall: hall) == nil
      try writing.transaction.insert(
        CalendarVersion(event.version, since: isFirst ? CalendarVersion.always : writing.call.now),
        hall: hall
      )
      guard !isFirst else { return }
      try writing.setTimer(
        MonitoringTimer.redate,
        subject: "",
        stamp: event.version,
        due: writing.call.now
      )
    }
    effects.raiseBypasses()
    return effects
  }()
}
