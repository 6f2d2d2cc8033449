internal import Kernel
package import Messages
internal import Service
internal import Storage

extension QueueHandlers {
  /// Which windows are open and how many wait, today.
  package func getHallState(
    _ request: QueueingV1.GetHallStateRequest,
    _ call: Reading
  ) throws -> QueueingV1.GetHallStateResponse {
    let (hall, today) = (call.call.hall, call.call.today)
    let windows = try call.snapshot.openSessions(hall: hall, day: today).map { session in
      let ticket = try call.snapshot.ticket(hall: hall, day: today, atWindow: session.windowCode)
      return QueueingV1.WindowState(
        windowCode: session.windowCode,
        ticketLetter: session.letter,
        ticketNumber: ticket?.number ?? ""
      )
    }
    let counts = try call.snapshot.ticketCounts(hall: hall, day: today)
    let letters = Set(try call.windows().map(\.letter)).union(counts.keys)
    let queues = letters.sorted().map { letter in
      QueueingV1.Queue(
        ticketLetter: letter,
        waiting: UInt32(counts[letter]?[.waiting] ?? 0),
        served: UInt32(counts[letter]?[.done] ?? 0)
      )
    }
    return QueueingV1.GetHallStateResponse(windows: windows, queues: queues)
  }
}
