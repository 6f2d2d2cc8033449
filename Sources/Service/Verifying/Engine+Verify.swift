package import Storage

/// What a check of a whole store tells while it runs.
package enum VerifyNews: Sendable {
  /// So much of a part was looked at.
  case progress(part: String, done: Int64)
  /// Something is wrong.
  case fault(StoredFault)
  /// So many more are wrong in the same way, which are not named.
  case more(part: String, count: Int)
}

/// What a check of a whole store leaves for whoever compares several of them.
package struct VerifySummary: Sendable {
  /// The feed's last entry when the check of the chain ended.
  package var head: FeedHead
  /// How far the others were followed.
  package var cursors: [Cursor]
  /// How many things were looked at, by part.
  package var checked: [String: Int64]
  /// Whether all was looked at; false if nobody wanted the rest.
  package var isComplete: Bool
}

extension Engine {
  /// How many faults of one part are named; the others are counted.
  private static let namedFaults = 100

  /// Checks the whole store while calls are served, and writes nothing.
  ///
  /// Each look at the store is short, so that the log can be emptied in between. It takes as long
  /// as the store is large, so it runs on a thread of its own.
  ///
  /// - Parameters:
  ///   - isCancelled: Asked between two looks; true ends the check.
  ///   - tell: Told what is found, and how far the check has come.
  /// - Returns: What is to be compared with other stores.
  package func verify(
    isCancelled: @escaping () -> Bool,
    tell: @escaping (VerifyNews) -> Void
  ) -> VerifySummary {
    var run = Run(isCancelled: isCancelled, tell: tell)
    let verifier = Verifier(self)
    run.part("integrity") { run in
      let faults = try store.deepFaults(isCancelled: run.isCancelled)
      run.add(
        faults.map {
          StoredFault(.integrity, of: definition.name, stored: $0, expected: "a sound file")
        },
        checked: 1
      )
    }
    var summary = VerifySummary(head: .empty, cursors: [], checked: [:], isComplete: true)
    run.part("chain") { run in
      // The cursors come first: what they name was committed before the chain is walked.
      summary.cursors = try verifier.read { try $0.cursors() }
      summary.head = try walk(&run, verifier)
    }
    let checks: [Verification] = [.keptAnswers] + definition.verifications
    for check in checks {
      run.part(check.name) { run in
        var mark: [Value]? = check.start
        while let after = mark, !run.isCancelled() {
          let page = try check.check(verifier, after)
          run.add(page.faults, checked: page.checked)
          mark = page.next
        }
      }
    }
    summary.checked = run.checked
    summary.isComplete = !isCancelled()
    return summary
  }

  /// Walks through the chain; private parts are opened on the way.
  private func walk(_ run: inout Run, _ verifier: Verifier) throws -> FeedHead {
    var audit = ChainAudit()
    while !audit.isDone, !run.isCancelled() {
      let (entries, faults) = try verifier.read { try audit.step($0) }
      var found = faults.map { fault in
        StoredFault(
          .chain,
          of: fault.fault.words,
          at: fault.position,
          stored: fault.stored,
          expected: fault.expected
        )
      }
      for entry in entries {
        let part = entry.content.privatePart
        let subject = "private part of \(entry.content.type) \(entry.content.subject)"
        guard var fault = StoredFault.sealed(part, of: subject, by: seal) else { continue }
        fault.position = entry.position
        found.append(fault)
      }
      run.add(found, checked: entries.count)
    }
    return audit.head
  }

  /// A check under way.
  private struct Run {
    let isCancelled: () -> Bool
    let tell: (VerifyNews) -> Void
    private(set) var checked: [String: Int64] = [:]
    private var name = ""
    private var found = 0

    init(isCancelled: @escaping () -> Bool, tell: @escaping (VerifyNews) -> Void) {
      self.isCancelled = isCancelled
      self.tell = tell
    }

    /// Does a part; one that cannot go on is a fault, and the others are done all the same.
    mutating func part(_ name: String, _ body: (inout Self) throws -> Void) {
      guard !isCancelled() else { return }
      (self.name, found) = (name, 0)
      checked[name] = 0
      do {
        try body(&self)
      } catch {
        tell(.fault(.unchecked(name, error)))
      }
      if found > Engine.namedFaults { tell(.more(part: name, count: found - Engine.namedFaults)) }
    }

    mutating func add(_ faults: [StoredFault], checked count: Int) {
      for fault in faults {
        found += 1
        if found <= Engine.namedFaults { tell(.fault(fault)) }
      }
      checked[name, default: 0] += Int64(count)
      tell(.progress(part: name, done: checked[name] ?? 0))
    }
  }
}

extension Verification {
  /// The answers under their idempotency keys, which are sealed.
  fileprivate static let keptAnswers = rows(
    "answers",
    from: ["", "", "", ""]
  ) { snapshot, after, limit in
    let texts = after.map { value in
      if case .text(let text) = value { text } else { "" }
    }
    return try snapshot.idempotentAnswers(
      after: IdempotencyKey(hall: texts[0], subject: texts[1], method: texts[2], key: texts[3]),
      limit: limit
    )
  } mark: { row in
    let key = row.key
    return (
      hall: key.hall, subject: "answer to \(key.method)",
      next: [.text(key.hall), .text(key.subject), .text(key.method), .text(key.key)]
    )
  } faults: { row, reading in
    [.sealed(row.response, of: "answer to \(row.key.method)", by: reading.seal)].compactMap(\.self)
  }
}

extension ChainFault {
  /// What is wrong, as the subject of a fault.
  fileprivate var words: String {
    switch self {
    case .gap: "position"
    case .previousHash: "hash of the entry before"
    case .hash: "hash of the entry"
    case .privateHash: "hash of the private part"
    case .alg: "algorithm"
    }
  }
}
