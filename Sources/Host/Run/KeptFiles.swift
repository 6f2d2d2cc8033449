/// Files that a service keeps beside its store, as a backup sees them.
package struct KeptFiles: Sendable {
  /// How much was copied.
  package struct Amount: Sendable, Hashable {
    /// How many files are in the folder now.
    package let files: Int
    /// How large they are together.
    package let bytes: Int64

    package init(files: Int, bytes: Int64) {
      self.files = files
      self.bytes = bytes
    }
  }

  /// The name of their folder, beside the store and in a backup.
  package let folder: String

  /// Copies those that are not there yet into a folder, checked and durably; it is made.
  ///
  /// It is called after the store was copied, so that what the copy speaks of is there. The
  /// closure that it is given answers whether nobody wants the copy any more.
  package let copy: @Sendable (_ folder: String, _ isCancelled: () -> Bool) throws -> Amount

  package init(
    in folder: String,
    copy: @escaping @Sendable (_ folder: String, _ isCancelled: () -> Bool) throws -> Amount
  ) {
    self.folder = folder
    self.copy = copy
  }
}
