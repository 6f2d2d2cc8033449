internal import Kernel
package import Messages
package import Service
internal import Storage

extension AlertHandlers {
  /// Streams the alerts behind a cursor, or of a named consumer, then those to come.
  package func followAlerts(
    _ request: MonitoringV1.FollowAlertsRequest,
    after position: Int64?,
    limit: Int,
    _ call: Service.Reading
  ) throws -> StreamPage<MonitoringV1.FollowAlertsResponse> {
    var filters = request.filter.map { [$0] } ?? []
    var place: StreamPlace
    if request.consumer.isEmpty {
      let start = try position ?? AlertCursor.position(request.cursor, call)
      place = StreamPlace(lease: 0, position: start)
    } else {
      let lease = try lease(request, packed: position, call)
      filters.append(lease.filter)
      place = lease.place
    }
    func quiet(_ end: Int64) throws -> MonitoringV1.FollowAlertsResponse {
      .init(cursor: try AlertCursor.text(end, call))
    }
    // Asked for nothing, it answers the heartbeat: the cursor alone.
    guard limit > 0 else {
      return StreamPage(messages: [try quiet(place.position)], position: place.packed)
    }
    let found = try AlertFeed(reading: call, filters: filters, recent: recent)
      .look(behind: place.position, wanted: limit, splits: false)
    place.position = found.position
    // An atom ends with an alert, whose cursor is that of the whole.
    var messages = found.atoms.map { atom in
      MonitoringV1.FollowAlertsResponse(
        alerts: atom.alerts,
        cursor: atom.alerts.last?.cursor ?? ""
      )
    }
    // Whoever sees the same of an atom gets the same message: it is encoded once for all.
    var marks = found.atoms.map { atom in
      atom.isWhole ? StreamMark(first: atom.first, last: atom.position) : nil
    }
    // Many entries and none that passes: the cursor alone, so that the reader gets on too.
    if messages.isEmpty, found.hasMore {
      messages.append(try quiet(found.position))
      marks.append(nil)
    }
    return StreamPage(
      messages: messages,
      position: place.packed,
      hasMore: found.hasMore,
      marks: marks
    )
  }

  /// Goes on reading in a consumer's name, or begins to.
  ///
  /// A consumer's filter never changes, so the store is asked for it once a stream.
  private func lease(
    _ request: MonitoringV1.FollowAlertsRequest,
    packed: Int64?,
    _ call: Service.Reading
  ) throws -> (place: StreamPlace, filter: MonitoringV1.AlertFilter) {
    guard request.cursor.isEmpty else {
      throw Refusal.invalid(
        field: "cursor",
        reason: "NOT_WITH_CONSUMER",
        zh: "以消费者名读取时不得另给游标",
        en: "A named consumer goes on from its committed cursor; give none"
      )
    }
    let (name, hall, now) = (request.consumer, call.call.hall, call.call.realNow)
    if let packed {
      let place = StreamPlace(packed: packed)
      return (place, try leases.renew(place.lease, name, hall: hall, now: now))
    }
    let consumer = try call.consumer(name)
    let filter = try MonitoringV1.AlertFilter.decode(consumer.filter)
    let lease = try leases.acquire(name, filter, hall: hall, now: now)
    return (StreamPlace(lease: lease, position: consumer.position), filter)
  }
}

extension Service.Reading {
  /// A named consumer that the caller may read as.
  ///
  /// - Throws: ``Refusal`` `NOT_FOUND`, also for a consumer of another owner.
  func consumer(_ name: String) throws -> ConsumerRow {
    guard let row = try snapshot.consumer(name, hall: call.hall),
      row.owner.isEmpty || row.owner == call.pass.owner
    else { throw Refusal.notFound(name) }
    return row
  }
}
