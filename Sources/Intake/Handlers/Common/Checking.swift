internal import Kernel
package import Messages
package import Service

// The rules of applicants and materials that need more than the field itself. Each returns all
// its violations, so that a caller is told everything at once.

extension Reading {
  /// What is wrong with an applicant.
  ///
  /// - Parameters:
  ///   - applicant: Who applies.
  ///   - item: The item; nil if it is not known.
  /// - Returns: All violations.
  /// - Source: docs/rules/intake.md, rules I2 and I10
  package func violations(
    of applicant: IntakeV1.Applicant,
    for item: CatalogueV1.Item?
  ) -> [Violation] {
    var violations: [Violation] = []
    if !IdentityNumber.isValid(type: applicant.idType, number: applicant.idNumber) {
      violations.append(
        Violation(
          field: "applicant.id_number",
          reason: "FORMAT",
          messageZh: "证件号码有误",
          messageEn: "is not a valid number of its kind"
        )
      )
    }
    if let item, !item.subjectTypes.contains(applicant.subjectType) {
      violations.append(
        Violation(
          field: "applicant.subject_type",
          reason: "SUBJECT_TYPE",
          messageZh: "该事项不面向此类服务对象",
          messageEn: "the item is not for this kind of applicant"
        )
      )
    }
    return violations
  }

  /// What is wrong with materials that are to be attached.
  ///
  /// - Parameters:
  ///   - materials: The materials.
  ///   - item: The item; nil if it is not known.
  ///   - noticed: The materials of a notice beside which nothing is taken; nil if any may come.
  ///   - allowsPaper: Whether a clerk ticks paper off.
  ///   - field: The path of a material of this index.
  /// - Returns: All violations.
  /// - Throws: `StoreError`.
  /// - Source: docs/rules/intake.md, rules I2, I6 and I12
  package func violations(
    of materials: [IntakeV1.AttachedMaterial],
    for item: CatalogueV1.Item?,
    noticed: Set<String>? = nil,
    allowsPaper: Bool,
    field: (Int) -> String = { "materials[\($0)]" }
  ) throws -> [Violation] {
    var violations: [Violation] = []
    for (index, material) in materials.enumerated() {
      if let item, !item.materials.contains(where: { $0.code == material.materialCode }) {
        violations.append(.unknownMaterial("\(field(index)).material_code"))
      } else if let noticed, !noticed.contains(material.materialCode) {
        violations.append(.notNoticed("\(field(index)).material_code"))
      }
      if material.sha256.isEmpty {
        if !allowsPaper { violations.append(.paper("\(field(index)).sha256")) }
      } else if try upload(of: material) == nil {
        violations.append(.uploadUnknown("\(field(index)).sha256"))
      }
    }
    return violations
  }

  /// The caller's own upload of a material's bytes; nil if the caller never uploaded them.
  package func upload(of material: IntakeV1.AttachedMaterial) throws -> UploadRow? {
    try snapshot.upload(hall: call.hall, owner: call.pass.owner, sha256: material.sha256)
  }
}

extension Reading {
  /// The materials of a notice that is answered in full, since nothing else follows then; nil if
  /// there is none, or it has open gaps.
  ///
  /// - Source: docs/rules/intake.md, rule I6
  package func noticed(of row: ApplicationRow) throws -> Set<String>? {
    guard row.isCorrected else { return nil }
    return Set(try snapshot.correction(of: row.id).gaps.map(\.materialCode).filter { !$0.isEmpty })
  }

  /// Whether the caller may tick off paper for an application: clerks alone have it in their hands,
  /// and none of them that of their own application.
  ///
  /// - Source: docs/rules/intake.md, rules I12 and I15
  package func mayTickOffPaper(of row: ApplicationRow) -> Bool {
    call.pass.roles.contains(.clerk) && !isApplicantSide(row)
  }
}

extension Violation {
  /// The item has no material of this code.
  static func unknownMaterial(_ field: String) -> Self {
    Self(
      field: field,
      reason: "UNKNOWN_MATERIAL",
      messageZh: "该事项的材料目录中没有此材料",
      messageEn: "is not a material of the item"
    )
  }

  /// All gaps are closed, and the notice did not ask for this material.
  static func notNoticed(_ field: String) -> Self {
    Self(
      field: field,
      reason: "NOT_IN_NOTICE",
      messageZh: "补正已完成，只能补充告知书所列材料",
      messageEn: "the correction is complete; only materials of the notice may follow"
    )
  }

  /// Only a clerk who is not on the applicant's side can say that paper is there.
  static func paper(_ field: String) -> Self {
    Self(
      field: field,
      reason: "REQUIRED",
      messageZh: "纸质材料只能由窗口勾选",
      messageEn: "only a clerk can tick paper off"
    )
  }

  /// The caller never uploaded these bytes, whoever else may have.
  static func uploadUnknown(_ field: String) -> Self {
    Self(
      field: field,
      reason: "UPLOAD_UNKNOWN",
      messageZh: "本人未上传过此文件",
      messageEn: "the caller has not uploaded these bytes"
    )
  }

  /// A field is missing.
  static func required(_ field: String) -> Self {
    Self(field: field, reason: "REQUIRED", messageZh: "必须填写", messageEn: "must be set")
  }

  /// A field stands beside another one that excludes it.
  static func excluded(_ field: String, by other: String) -> Self {
    Self(
      field: field,
      reason: "EXCLUDED",
      messageZh: "不能与 \(other) 同时给出",
      messageEn: "cannot be given together with \(other)"
    )
  }

  /// More than an application holds.
  static func tooMany(_ field: String, most: Int) -> Self {
    Self(
      field: field,
      reason: "TOO_MANY",
      messageZh: "最多 \(most) 项",
      messageEn: "holds at most \(most) elements"
    )
  }
}

/// What intake allows at most.
package enum IntakeLimits {
  /// Materials of one application, and as many in answer to its correction notice.
  package static let materials = 60

  /// Bytes of one file.
  package static let fileBytes: Int64 = 64 << 20

  /// Bytes that one owner from outside may upload in 24 hours of real time.
  package static let uploadedBytes: Int64 = 1 << 30

  /// Files that one owner from outside may upload in 24 hours of real time.
  package static let uploadedFiles = 1_000

  /// Over what time uploads are counted.
  ///
  /// - Unit: milliseconds of real time.
  package static let uploadWindow: Int64 = 86_400_000

  /// How long an upload may lie about before it is attached.
  ///
  /// - Unit: milliseconds of real time.
  package static let looseUpload: Int64 = 86_400_000
}
