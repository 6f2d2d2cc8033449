import Testing

@testable import Approval

@Suite struct `States` {
  /// The whole table of rule A1, one line an event: from>to pairs, by raw values.
  static let cases: [(CaseEvent, [Int64: Int64])] = [
    (.work, [1: 1, 2: 2]), (.lastTaskDone, [1: 3, 2: 2]), (.stop, [1: 2, 3: 2]),
    (.accompany, [1: 1, 3: 3]), (.resumeReview, [2: 1]), (.resumeDecision, [2: 3]),
    (.grant, [3: 4]), (.deny, [3: 5]), (.certify, [4: 6]), (.deliver, [4: 7, 5: 7, 6: 7]),
    (.withdraw, [1: 8, 2: 8, 3: 8]),
  ]

  @Test func `A1 the whole table of a case is as written, all else is refused`() {
    #expect(Self.cases.map(\.0) == CaseEvent.allCases)
    for (event, table) in Self.cases {
      for state in CaseState.allCases {
        #expect(state.after(event)?.rawValue == table[state.rawValue], "\(state) \(event)")
      }
    }
  }

  @Test func `A1 every state of a case is reached from the first`() {
    var reached: Set<CaseState> = [.reviewing]
    var before = 0
    while reached.count != before {
      before = reached.count
      for state in reached { reached.formUnion(CaseEvent.allCases.compactMap(state.after)) }
    }
    #expect(reached == Set(CaseState.allCases))
  }

  @Test func `A1 nothing leaves what is delivered or withdrawn`() {
    for event in CaseEvent.allCases {
      #expect(CaseState.delivered.after(event) == nil)
      #expect(CaseState.withdrawn.after(event) == nil)
    }
  }

  @Test func `A2 only a task that is open or claimed can move`() {
    let table: [TaskEvent: TaskState] = [
      .claim: .claimed, .finish: .done, .presume: .tacit, .void: .void,
    ]
    for event in TaskEvent.allCases {
      for state in TaskState.allCases {
        #expect(state.after(event) == (state.isLive ? table[event] : nil), "\(state) \(event)")
      }
    }
  }

  @Test func `raw values are those of the contract`() {
    #expect(CaseState.allCases.map(\.rawValue) == Array(1...8))
    #expect(TaskState.allCases.map(\.rawValue) == Array(1...5))
    #expect(TaskNature.allCases.map(\.rawValue) == Array(1...4))
    #expect(Answer.allCases.map(\.rawValue) == Array(1...3))
  }
}
