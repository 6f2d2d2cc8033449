internal import Law
internal import Messages
internal import Service

extension CatalogueCheck {
  /// Items: rules C1, C2 and C5 to C19.
  mutating func checkItems() throws {
    checkUnique(file.items.map(\.code)) { "file.items[\($0)].code" }
    let retired = Set(file.retiredItems.map(\.code))
    for (index, item) in file.items.enumerated() {
      let path = "file.items[\(index)]"
      if retired.contains(item.code) {
        add(.retiredAndInForce, "\(path).code")
      } else if try inForce.wasRetired(item.code) {
        add(.retiredBefore, "\(path).code")
      }
      checkDepartment(item.departmentCode, "\(path).department_code")
      checkCodes(item, path)
      checkTerms(item, path)
      checkMaterials(item, path)
      checkStages(item, path)
      checkProcedures(item, path)
    }
  }

  private mutating func checkCodes(_ item: CatalogueV1.Item, _ path: String) {
    check(item.taskType, in: .taskType, "\(path).task_type")
    check(item.caseType, in: .caseType, "\(path).case_type")
    check(item.level, in: .level, "\(path).level")
    check(item.resultType, in: .resultType, "\(path).result_type")
    checkUnique(item.subjectTypes) { "\(path).subject_types[\($0)]" }
    for (index, code) in item.subjectTypes.enumerated() {
      check(code, in: .subjectType, "\(path).subject_types[\(index)]")
    }
    if item.resultName.hasSuffix("证"), item.resultType != KnownCode.certificate {
      add(.notACertificate, "\(path).result_type")
    }
    if item.feeBasis.isEmpty != item.feeStandard.isEmpty {
      add(.fee, item.feeBasis.isEmpty ? "\(path).fee_basis" : "\(path).fee_standard")
    }
    if item.samePersonMayDecide, item.caseType != KnownCode.immediateCase {
      add(.samePersonMayDecide, "\(path).same_person_may_decide")
    }
  }

  private mutating func checkTerms(_ item: CatalogueV1.Item, _ path: String) {
    let legal = term(item.legalLimit, "\(path).legal_limit")
    if item.legalLimit != nil, item.limitBasis.isEmpty {
      add(.limitBasisMissing, "\(path).limit_basis")
    }
    guard let promise = term(item.promise, "\(path).promise") else { return }
    if (promise.unit == .immediate) != (item.caseType == KnownCode.immediateCase) {
      add(.immediate, "\(path).promise")
    }
    if let legal { check([promise], in: legal, .promiseTooLong, "\(path).promise") }
    let steps = item.stages.compactMap { stage in
      stage.tasks.compactMap { Term($0.limit) }
        .max { TermSum.length(of: $0) < TermSum.length(of: $1) }
    }
    check(steps, in: promise, .stepsTooLong, "\(path).stages")
  }

  /// The term of a message, or nil with a fault if it is none.
  private mutating func term(_ message: CommonV1.Term?, _ path: String) -> Term? {
    let term = Term(message)
    if term == nil, message != nil { add(.notATerm, path) }
    return term
  }

  private mutating func check(
    _ parts: [Term],
    in whole: Term,
    _ fault: CatalogueFault,
    _ path: String
  ) {
    switch TermSum(parts, in: whole) {
    case .fits: break
    case .exceeds: add(fault, path)
    case .mayExceed: warn(fault, path)
    }
  }

  private mutating func checkMaterials(_ item: CatalogueV1.Item, _ path: String) {
    checkUnique(item.materials.map(\.code)) { "\(path).materials[\($0)].code" }
    for (index, material) in item.materials.enumerated() {
      let path = "\(path).materials[\(index)]"
      check(material.necessity, in: .necessity, "\(path).necessity")
      check(material.form, in: .form, "\(path).form")
      check(material.source, in: .source, "\(path).source")
      if CatchAll.matches(material.name) { add(.catchAll, "\(path).name") }
      let isTolerable = material.necessity == KnownCode.tolerable
      if isTolerable, item.caseType == KnownCode.immediateCase {
        add(.tolerableAtOnce, "\(path).necessity")
      }
    }
    let necessities = Set(item.materials.map(\.necessity))
    if necessities.contains(KnownCode.tolerable), !necessities.contains(KnownCode.necessary) {
      add(.nothingNecessary, "\(path).materials")
    }
  }

  private mutating func checkProcedures(_ item: CatalogueV1.Item, _ path: String) {
    let kinds = item.specialProcedures.map { $0.kind.protoName ?? "" }
    checkUnique(kinds) { "\(path).special_procedures[\($0)].kind" }
    for (index, rule) in item.specialProcedures.enumerated() {
      let path = "\(path).special_procedures[\(index)]"
      if rule.basis.allSatisfy(\.isWhitespace) { add(.basisMissing, "\(path).basis") }
      _ = term(rule.longest, "\(path).longest")
      if let procedure = SpecialProcedure(rule.kind), procedure.stopsLegalClock,
        !rule.stopsPromise
      {
        warn(.stopsAlways, "\(path).stops_promise")
      }
    }
  }
}

extension CatalogueCheck {
  /// Roles whose holders may get a task.
  static let workers: Set<AccessV1.Role> = [.handler, .reviewer, .chief, .leader]

  private mutating func checkStages(_ item: CatalogueV1.Item, _ path: String) {
    checkUnique(item.stages.map(\.code)) { "\(path).stages[\($0)].code" }
    var seen: Set<String> = []
    var involved: Set<String> = []
    for (stageIndex, stage) in item.stages.enumerated() {
      for (index, task) in stage.tasks.enumerated() {
        let path = "\(path).stages[\(stageIndex)].tasks[\(index)]"
        if !seen.insert(task.code).inserted { add(.duplicate(task.code), "\(path).code") }
        involved.insert(task.departmentCode)
        checkTask(task, path)
      }
    }
    if item.joint, involved.count < 2 { add(.jointAlone, "\(path).joint") }
  }

  private mutating func checkTask(_ task: CatalogueV1.TaskPlan, _ path: String) {
    _ = term(task.limit, "\(path).limit")
    checkDepartment(task.departmentCode, "\(path).department_code")
    guard let department = departmentOfPost[task.postCode] else {
      return add(.unknownPost(task.postCode), "\(path).post_code")
    }
    if department != task.departmentCode {
      add(.foreignPost(task.postCode, department: task.departmentCode), "\(path).post_code")
    }
    if let role = roleOfPost[task.postCode], !Self.workers.contains(role) {
      add(.postRole, "\(path).post_code")
    }
  }
}
