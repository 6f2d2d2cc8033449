internal import ArgumentParser
internal import Host
internal import Kernel

/// Moves the clock of a demonstration.
struct ClockCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "clock",
    abstract: "Read or step the clock of a demonstration.",
    subcommands: [Advance.self, Now.self]
  )

  /// Where the clock is.
  struct Place: ParsableArguments {
    @Option(help: "The data folder of `up --demo`.")
    var data = "data"

    /// The clock.
    func clock() throws -> DemoClock {
      do {
        return try DemoClock.open(path: "\(data)/clock") { .realNow }
      } catch {
        throw Failure(.notFound, "no demo clock in \(data); `onedoor up --demo` makes one")
      }
    }
  }

  /// Steps the clock.
  struct Advance: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Step the clock forwards; what falls due in between happens now.",
      discussion: """
        EXAMPLES
          onedoor clock advance 2026-09-21
          onedoor clock advance 2026-09-24T00:00:00+08:00
        """
    )

    @OptionGroup var place: Place

    @Argument(help: "The instant; Beijing time if no offset is said.")
    var to: InstantArgument

    func run() async throws {
      try await Failure.exiting {
        do {
          try place.clock().advance(to: to.instant)
        } catch DemoClock.Fault.backwards(let now, _) {
          throw Failure(.invalid, "it is \(LegalTime.beijing.text(now)) already")
        }
        Output.line(LegalTime.beijing.text(to.instant))
      }
    }
  }

  /// Reads the clock.
  struct Now: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Print the hall's present.")

    @OptionGroup var place: Place

    func run() async throws {
      try await Failure.exiting { Output.line(LegalTime.beijing.text(try place.clock().now)) }
    }
  }
}

/// Shows the configuration.
struct ConfigCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "config",
    abstract: "Check and print the configuration.",
    subcommands: [Print.self]
  )

  /// Prints what holds.
  struct Print: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Print what holds, as environment variables; what nobody set stands behind #.",
      discussion: "With faults in it, all of them are told and the exit status is 78."
    )

    @OptionGroup var source: ConfigurationOptions

    @Flag(help: "Say what each variable is for.")
    var explain = false

    func run() async throws {
      try await Failure.exiting {
        let configuration = try source.read()
        guard explain else { return Output.line(configuration.printed) }
        for key in ConfigurationKey.all {
          Output.line("# \(key.name): \(key.purpose); \(key.kind.text)")
          Output.line("\(key.variable)=\(configuration.value(of: key) ?? "")")
        }
      }
    }
  }
}
