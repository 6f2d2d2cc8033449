import Intake
import Law
import TestSupport
import Testing

@Suite struct LifecycleTests {
  /// The table of docs/services/intake.md: what is not here is refused.
  static let expected = TextTable(
    columns: 3,
    """
    draft submit submitted
    submitted receive received
    submitted requestCorrection correction
    submitted accept accepted
    submitted deem accepted
    submitted refuse refused
    submitted withdraw withdrawn
    received requestCorrection correction
    received accept accepted
    received deem accepted
    received refuse refused
    received withdraw withdrawn
    correction supplyCorrection correction
    correction accept accepted
    correction deem accepted
    correction withdraw withdrawn
    correction expire returned
    accepted open reviewing
    accepted withdraw withdrawn
    reviewing suspend suspended
    reviewing grant granted
    reviewing deny denied
    reviewing withdraw withdrawn
    suspended resume reviewing
    suspended grant granted
    suspended deny denied
    suspended withdraw withdrawn
    withdrawn grant granted
    withdrawn deny denied
    granted certify certified
    granted deliver delivered
    denied deliver delivered
    certified deliver delivered
    """
  )

  /// docs/rules/intake.md, rule I1.
  @Test func `every state and event goes where the table says, or nowhere`() {
    var table: [String: String] = [:]
    for row in Self.expected.rows {
      table["\(row.columns[0]) \(row.columns[1])"] = row.columns[2]
    }
    for state in ApplicationState.allCases {
      for event in ApplicationEvent.allCases {
        let next = Lifecycle.next(state, on: event).map { "\($0)" }
        #expect(next == table["\(state) \(event)"], "\(state) \(event)")
      }
    }
  }

  @Test func `every state can be reached from a draft`() {
    var reached: Set<ApplicationState> = [.draft]
    var frontier: [ApplicationState] = [.draft]
    while let state = frontier.popLast() {
      for next in (Lifecycle.transitions[state] ?? [:]).values where reached.insert(next).inserted {
        frontier.append(next)
      }
    }
    #expect(reached == Set(ApplicationState.allCases))
  }

  @Test func `only refused, returned and delivered end for good`() {
    let ends = ApplicationState.allCases.filter { (Lifecycle.transitions[$0] ?? [:]).isEmpty }
    #expect(Set(ends) == [.refused, .returned, .delivered])
  }

  @Test func `every state has words in both languages and a next step`() {
    for state in ApplicationState.allCases {
      for text in [state.text, state.next(isComplete: false), state.next(isComplete: true)] {
        #expect(!text.zh.isEmpty && !text.en.isEmpty)
      }
    }
  }
}
