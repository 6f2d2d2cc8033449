internal import Kernel
internal import Law
package import Messages
package import Service
internal import Storage

extension MonitoringHandlers {
  /// A case's clocks, explained day by day.
  package func getClock(
    _ request: MonitoringV1.GetClockRequest,
    _ call: Service.Reading
  ) throws -> MonitoringV1.GetClockResponse {
    let clocks = try call.snapshot.clocks(of: request.caseNumber, hall: call.call.hall)
    guard !clocks.isEmpty else { throw Refusal.notFound(request.caseNumber) }
    let legal = clocks.first { $0.watched == .legal }
    var messages = ClockMessages(call)
    let explained = try clocks.map { clock in
      let standing = try messages.standing(
        of: clock,
        legal: clock.watched == .promise ? legal?.clock : nil
      )
      var reckoning = standing.reckoning
      // The legal limit is earlier than the promise: its days say why the case is due then.
      if standing.due != reckoning.due, let legal {
        reckoning = try messages.standing(of: legal, legal: nil).reckoning
      }
      return MonitoringV1.ExplainedClock(
        clock: try messages.message(clock),
        due: reckoning.message(byDay: true)
      )
    }
    return MonitoringV1.GetClockResponse(clocks: explained)
  }
}
