#include <fcntl.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/tools/command_line.hpp>
#include <ios>
#include <iostream>
#include <new>
#include <string>
#include <system_error>
#include <vector>

#include "commands.hpp"
#include "files.hpp"
#include "options.hpp"

namespace foregraph {
namespace {

/// Refuses empty option values. CLI11 parses an empty word as the number 0, and this code would
/// treat it as an omitted option, but `--budget "$UNSET"` is a mistake.
void refuse_empty_values(CLI::App& app) {
  for (CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; }))
    for (CLI::Option* option : command->get_options())
      if (option->get_items_expected_max() > 0)
        option->check([](const std::string& value) {
          return std::string(value.empty() ? "has an empty value; give one or leave the option out"
                                           : "");
        });
}

/// Makes `stream` throw std::ios_base::failure during its lifetime when it cannot write:
/// immediately, while errno still holds the reason.
class ThrowsOnFailure {
 public:
  explicit ThrowsOnFailure(std::ostream& stream) : stream_(stream), before_(stream.exceptions()) {}
  ThrowsOnFailure(const ThrowsOnFailure&) = delete;
  ThrowsOnFailure& operator=(const ThrowsOnFailure&) = delete;
  ~ThrowsOnFailure() { end(); }
  void begin() { stream_.exceptions(std::ios_base::badbit | std::ios_base::failbit); }
  void end() {
    try {
      stream_.exceptions(before_);
    } catch (const std::ios_base::failure&) {  // the caller's stream throws on its own
    }
  }

 private:
  std::ostream& stream_;
  std::ios_base::iostate before_;
};

/// Returns the message with errno's reason, or nothing if the reader has simply exited.
std::string output_failure(int reason) {
  if (reason == EPIPE) return {};
  if (reason == EBADF) return "cannot write the output: stdout is closed";
  std::string message = "cannot write the output";
  if (reason != 0) message += std::string(": ") + std::strerror(reason);
  return message + "; free some space or write it elsewhere";
}

/// Opens /dev/null for closed standard streams; otherwise the next file opened would become stdout.
/// The access mode is reversed on purpose, so that reads and writes fail as on a closed stream.
void open_closed_streams() {
  for (const int number : {0, 1, 2})
    if (::fcntl(number, F_GETFD) == -1 && errno == EBADF)
      (void)!::open("/dev/null", number == 0 ? O_WRONLY : O_RDONLY);
}

/// Throws UsageError for an unknown command; CLI11 would only say that a command is missing.
void check_command(int argc, const char* const* argv) {
  const std::vector<std::string> commands{"models", "plan", "graph", "pack",
                                          "check",  "fit",  "import"};
  if (argc < 2 || argv[1][0] == '-') return;
  const std::string word = argv[1];
  if (std::find(commands.begin(), commands.end(), word) != commands.end()) return;
  const std::string near = cli::nearest(word, commands);
  throw UsageError("there is no command '" + word + "'" +
                   (near.empty() ? "" : ", did you mean '" + near + "'?") + "; the commands are " +
                   cli::joined(commands));
}

ExitCode run(const CLI::App& app, cli::Request& request, const std::vector<NamedModel>& models,
             std::ostream& out, std::ostream& err) {
  if (app.got_subcommand("models")) return cli::list_models(models, out);
  if (app.got_subcommand("plan")) return cli::plan(request, models, out, err);
  if (app.got_subcommand("pack")) return cli::pack(request, out);
  if (app.got_subcommand("check")) return cli::check(request, models, out);
  if (app.got_subcommand("fit")) return cli::fit(request, models, out, err);
  if (app.got_subcommand("import")) return cli::import_model(request, out);
  request.training = app.get_subcommand("graph")->count("--optimizer") > 0;
  return cli::graph(request, models, out);
}

std::string program_name(int argc, const char* const* argv) {
  const std::string path = argc > 0 ? argv[0] : "foregraph";
  return path.substr(path.find_last_of('/') + 1);  // npos + 1 is 0
}

}  // namespace

int command_line(int argc, const char* const* argv, const std::vector<NamedModel>& models,
                 std::ostream& out, std::ostream& err, const MachineMemoryOptions& machine) {
  const std::string name = program_name(argc, argv);
  ThrowsOnFailure checked(out);
  const auto failed = [&](ExitCode code, const std::string& message) {
    checked.end();  // first, because writing to `err` flushes `out`, which is tied to it
    if (!message.empty()) err << name << ": " << message << '\n' << std::flush;
    return static_cast<int>(code);
  };
  errno = 0;
  try {
    checked.begin();
    CLI::App app{"Know what a training step costs before you run it.", name};
    cli::Request request;
    request.machine = machine;
    cli::declare(app, request);
    refuse_empty_values(app);
    check_command(argc, argv);
    try {
      app.parse(argc, argv);
    } catch (const CLI::Success& done) {  // --help, --version
      app.exit(done, out, err);
      out.flush();
      return static_cast<int>(ExitCode::fine);
    } catch (const CLI::ParseError& error) {
      return failed(ExitCode::wrong_usage,
                    std::string(error.what()) + "; '" + name + " --help' shows the usage");
    }
    const ExitCode code = run(app, request, models, out, err);
    errno = 0;
    out.flush();
    return static_cast<int>(code);
  } catch (const std::ios_base::failure&) {
    return failed(ExitCode::refused, output_failure(errno));
  } catch (const NumericsError& error) {
    return failed(ExitCode::findings, error.what());
  } catch (const FileError& error) {
    return failed(
        cli::is_lack_of_room(error.error_number()) ? ExitCode::refused : ExitCode::wrong_usage,
        error.what());
  } catch (const cli::OutputError& error) {
    return failed(ExitCode::refused, error.what());
  } catch (const ResourceError& error) {
    return failed(ExitCode::refused, error.what());
  } catch (const Error& error) {
    return failed(ExitCode::wrong_usage, error.what());
  } catch (const std::bad_alloc&) {
    return failed(ExitCode::refused,
                  "not enough memory; use a smaller model, batch or file, or raise the limit that "
                  "applies (ulimit -v, the control group)");
  } catch (const std::system_error& error) {  // from files and threads
    return failed(ExitCode::refused, std::string("the system refused: ") + error.what());
  } catch (const std::exception& error) {
    return failed(ExitCode::internal_error,
                  std::string("internal error, please report it: ") + error.what());
  }
}

int command_line(int argc, const char* const* argv, const std::vector<NamedModel>& models) {
  open_closed_streams();
  return command_line(argc, argv, models, std::cout, std::cerr);
}

}  // namespace foregraph
