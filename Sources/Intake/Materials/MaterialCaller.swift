internal import Connect
internal import Kernel
internal import Messages
internal import Service

/// Who uploads or reads bytes, after the same checks as a call.
struct MaterialCaller: Sendable {
  /// Who may upload: those who may attach.
  static let uploaders = IntakeV1.IntakeService.attachMaterial.access
  /// Who may read: those who may see the application.
  static let readers = IntakeV1.IntakeService.getApplication.access

  /// In whose name rows are written and found.
  let call: Call

  /// Checks pass, role and hall.
  ///
  /// - Throws: ``Refusal``.
  init(
    _ method: String,
    _ access: AccessV1.Access?,
    fields: any HeaderFields,
    peer: String,
    certified: String?,
    engine: Engine
  ) throws(Refusal) {
    let realNow = engine.surroundings.realNow()
    do throws(Refusal) {
      guard let header = fields.value(of: "onedoor-pass") else { throw .bypass }
      let pass = try engine.keyring.pass(of: header, now: realNow)
      guard pass.issuer == Keyring.gateway else { throw .bypass }
      // As for calls: not over a connection that another's certificate has opened.
      guard certified.map([pass.issuer, Keyring.operatorName].contains) ?? true else {
        throw .bypass
      }
      guard let access, !pass.roles.isDisjoint(with: access.roles) else {
        throw .wrongRole(method)
      }
      let named = fields.value(of: "onedoor-hall") ?? ""
      let hall = named.isEmpty ? (pass.halls.first ?? engine.defaultHall) : named
      guard pass.halls.contains(hall) else { throw .wrongHall(hall) }
      call = Call(
        method: method,
        pass: pass,
        hall: hall,
        now: engine.surroundings.hallNow(),
        realNow: realNow,
        access: access,
        trace: TraceContext(fields.value(of: "traceparent")),
        surroundings: engine.surroundings
      )
    } catch {
      if error.reason == Refusal.bypass.reason {
        engine.refused.count(source: peer, method: method, reason: error.reason, now: realNow)
      }
      throw error
    }
  }
}

extension Refusal {
  /// The bytes have another hash than the path says.
  static func hashMismatch(_ sha256: String) -> Self {
    Self(
      .invalidArgument,
      "HASH_MISMATCH",
      subject: sha256,
      rule: "I12",
      zh: "文件内容与所声明的 SHA-256 不符",
      en: "The bytes do not have the SHA-256 that was declared"
    )
  }

  /// More or fewer bytes came than the head says.
  static func sizeMismatch(_ sha256: String) -> Self {
    Self(
      .invalidArgument,
      "SIZE_MISMATCH",
      subject: sha256,
      rule: "I12",
      zh: "文件大小与所声明的不符",
      en: "The size is not the one that was declared"
    )
  }

  /// The head names no media type, or the bytes are of another.
  static func typeMismatch(_ sha256: String) -> Self {
    Self(
      .invalidArgument,
      "TYPE_MISMATCH",
      subject: sha256,
      rule: "I12",
      zh: "文件内容与所声明的类型不符，或未声明类型",
      en: "The bytes are not of the media type that was declared, or none was"
    )
  }

  /// The owner has uploaded as much as is allowed in a day.
  static let uploadQuota = Self(
    .resourceExhausted,
    "UPLOAD_QUOTA",
    rule: "I12",
    zh: "24 小时内上传的文件已达上限，请稍后再传",
    en: "As many files or bytes were uploaded in 24 hours as may be; repeat later",
    retryAfterSeconds: 3_600
  )

  /// The file has more bytes than a file may have.
  static func fileTooLarge(_ sha256: String, limit: Int64) -> Self {
    Self(
      .resourceExhausted,
      "TOO_LARGE",
      subject: sha256,
      rule: "I12",
      zh: "文件超过 \(limit) 字节的上限",
      en: "The file has more than \(limit) bytes"
    )
  }
}
