internal import ArgumentParser
internal import Host
internal import Storage

/// Runs one service until it is told to stop.
struct Serve: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Run one service until SIGTERM or SIGINT.",
    discussion: """
      Everything is set by the file and by ONEDOOR_* variables; `onedoor config print` lists them.

      EXAMPLE
        ONEDOOR_DATA=/var/lib/onedoor onedoor serve intake
      """
  )

  @OptionGroup var source: ConfigurationOptions

  @Argument(help: "The service: \(ConfigurationKey.services.joined(separator: ", ")).")
  var service: String

  @Flag(help: .hidden)
  var withParent = false

  func run() async throws {
    try await Failure.exiting {
      let configuration = try source.read()
      guard let plan = Services.plan(service, configuration) else {
        throw Failure(.notFound, "there is no service \(service)")
      }
      let log = Log(service: service, level: configuration.logLevel)
      do {
        let runner = try ServiceRunner(plan, configuration: configuration, log: log)
        let withParent = withParent
        try await runner.run(
          until: { await Signals.stop(orParentGone: withParent) },
          ready: { _, _ in if withParent { Child.tellParent() } }
        )
      } catch let error as StoreError {
        log.error("the store cannot be opened", [.detail: String(describing: error)])
        throw Failure(error.isPassing ? .tryAgain : .fault, "the store: \(error)")
      } catch let error as KeyFolder.Fault {
        log.error("a key cannot be used", [.detail: String(describing: error)])
        throw Failure(.configuration, "keys: \(error)")
      } catch let error as SecurityFault {
        log.error("a certificate cannot be used", [.detail: String(describing: error)])
        throw Failure(.configuration, "certificates: \(error)")
      } catch let error as HouseSecurity.Fault {
        log.error("the configuration is not safe", [.detail: error.description])
        throw Failure(.configuration, error.description)
      } catch let error as DemoClock.Fault {
        log.error("the demo clock cannot be used", [.detail: String(describing: error)])
        throw Failure(.configuration, "clock: \(error)")
      } catch {
        log.error("the service cannot run", [.detail: String(describing: error)])
        throw Failure(.fault, "\(service): \(error)")
      }
    }
  }
}
