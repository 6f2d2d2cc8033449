internal import Kernel
package import Service
internal import Storage

extension Verification {
  /// Uploads and attached materials: whether the bytes are there, whole and those of their hash.
  ///
  /// - Parameter folder: Where the bytes lie.
  /// - Returns: The checks; files are read between two looks at the store, never during one.
  package static func materials(in folder: String) -> [Verification] {
    [uploads(in: folder), attached(in: folder)]
  }

  /// How many files are read between two words about how far the check has come.
  private static let files = 20

  /// Each file is read once, however many speak of it: rows of one hash follow each other.
  private static func uploads(in path: String) -> Verification {
    Verification("uploads", from: ["", "", ""]) { verifier, after in
      let folder = try MaterialFolder(path: path)
      let found = try verifier.read { try $0.uploadPage(after: after, limit: files) }
      var page = Page(checked: found.count, faults: [], next: nil)
      var known: (sha256: String, file: KeptFile)?
      for upload in found {
        let file =
          known?.sha256 == upload.sha256
          ? known?.file : KeptFile(try folder.kept(upload.sha256))
        known = file.map { (upload.sha256, $0) }
        guard let fault = file?.fault(upload.sha256, size: upload.size) else { continue }
        // The sweep takes row and file of what nobody attached.
        guard try verifier.read({ try $0.isKept(upload) }) else { continue }
        page.faults.append(fault)
      }
      if found.count == files {
        page.next = found.last.map { [.text($0.sha256), .text($0.hall), .text($0.owner)] }
      }
      return page
    }
  }

  private static func attached(in path: String) -> Verification {
    Verification("materials", from: [0, -1]) { verifier, after in
      let folder = try MaterialFolder(path: path)
      let found = try verifier.read { snapshot in
        try snapshot.attachedPage(after: after, limit: Self.page).map { file in
          (
            file: file,
            number: try snapshot.number(ofApplication: file.application) ?? "",
            isUploaded: try snapshot.upload(hall: file.hall, sha256: file.sha256) != nil
          )
        }
      }
      var page = Page(checked: found.count, faults: [], next: nil)
      for (file, number, isUploaded) in found {
        let subject = "\(number) material \(file.sha256)"
        if !isUploaded {
          page.faults.append(
            StoredFault(.material, of: subject, stored: "no upload", expected: "a row of it")
          )
        }
        // That the bytes are those of the hash is seen with the upload.
        let size = folder.size(file.sha256)
        guard size != file.size else { continue }
        page.faults.append(
          StoredFault(
            .material,
            of: subject,
            stored: size.map { "\($0) bytes" } ?? "no file",
            expected: "\(file.size) bytes"
          )
        )
      }
      if found.count == Self.page {
        page.next = found.last.map { [.integer($0.file.application), .integer($0.file.position)] }
      }
      return page
    }
  }
}

/// A file as it lies on the disk.
private struct KeptFile {
  /// In bytes; nil if it is not there.
  var size: Int64?
  /// The hash of its bytes.
  var hash = ""

  init(_ kept: (size: Int64, hash: String)?) {
    size = kept?.size
    hash = kept?.hash ?? ""
  }

  /// What is wrong with it; nil if nothing is.
  func fault(_ sha256: String, size wanted: Int64) -> StoredFault? {
    let subject = "file \(sha256)"
    guard let size else {
      return StoredFault(.material, of: subject, stored: "no file", expected: "\(wanted) bytes")
    }
    guard size == wanted else {
      return StoredFault(
        .material,
        of: subject,
        stored: "\(size) bytes",
        expected: "\(wanted) bytes"
      )
    }
    guard hash != sha256 else { return nil }
    return StoredFault(.material, of: subject, stored: hash, expected: sha256)
  }
}
