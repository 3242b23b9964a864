#include <fcntl.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/base/version.hpp>
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

constexpr const char* model_help = "A model that `models` lists";
constexpr const char* optimizer_help =
    "adam (default), adamw, sgd, momentum, nesterov, rmsprop, adagrad, adadelta,\nlamb or lion";
constexpr const char* exit_codes =
    "Exit codes: 0 success, 1 internal error, 2 wrong usage, model or file,\n"
    "3 a batch does not fit the budget, 4 check found errors or warnings,\n"
    "5 the system refused memory, a thread or space for the output.";

/// Declares the options; CLI11 fills `request`.
void declare(CLI::App& app, cli::Request& request) {
  app.set_version_flag("--version", "foregraph " FOREGRAPH_VERSION);
  app.set_help_flag("-h,--help", "Print this help, or the help of the command before it");
  app.require_subcommand(1);
  app.footer(exit_codes);

  app.add_subcommand("models", "List the known models");

  CLI::App* plan =
      app.add_subcommand("plan",
                         "Print the memory and work of a training step for each batch size;\n"
                         "nothing is allocated or trained, except with --profile");
  plan->add_option("--model", request.model, model_help)->required()->option_text("NAME");
  plan->add_option("--batch", request.batches, "Samples per step; several: 1,32,10000")
      ->required()
      ->option_text("N,...");
  plan->add_option("--optimizer", request.optimizer, optimizer_help)->option_text("NAME");
  CLI::Option* budget =
      plan->add_option("--budget", request.budget,
                       "Say what fits in this many bytes, such as 64MiB, 1.5GiB, 800kB or\n"
                       "4096, and the largest batch that does; exit code 3 if a batch does\n"
                       "not; machine: what a process may still allocate here")
          ->option_text("SIZE");
  plan->add_option("--prefetch", request.prefetch,
                   "Batches the pipeline prefetches, each with a buffer; default 0")
      ->option_text("N");
  plan->add_option("--svg", request.svg,
                   "Draw memory over the step and by batch size into this file; with\n"
                   "several batches, the largest in detail")
      ->option_text("FILE");
  CLI::Option* html =
      plan->add_option("--html", request.html,
                       "Write the same as a page to explore, with every tensor in its place")
          ->option_text("FILE");
  plan->add_option("--compare", request.compare,
                   "Draw other plans beside it in the page: conventional (all gradients\n"
                   "kept to the end, in the order written), recomputed (as small as\n"
                   "recomputation makes it) or recomputed=SIZE, separated by commas")
      ->option_text("PLAN,...")
      ->needs(html);
  plan->add_option("--search", request.search_seconds,
                   "Search for a placement without a gap, at most this long per batch;\n"
                   "default 0")
      ->option_text("SECONDS");
  plan->add_option("--disk-speed", request.disk_speed,
                   "Bytes a second that a disk reads and writes, such as 500MB, to predict the\n"
                   "time of paging to a file where a budget asks for it; measured: write and\n"
                   "read 64 MiB in the folder for temporary files")
      ->option_text("SIZE")
      ->needs(budget);
  CLI::Option* profile =
      plan->add_flag("--profile", request.profile,
                     "Then run the step on synthetic inputs, and print the time, FLOPs, bytes\n"
                     "and rates of its ops; with several batches, of the largest. With --svg or\n"
                     "--html, draw the memory that a step touches beside the plan");
  plan->add_option("--profile-steps", request.steps, "Steps to measure; default 20")
      ->option_text("N")
      ->needs(profile);
  plan->add_option("--profile-trace", request.trace,
                   "Write the profile to this file, for chrome://tracing or ui.perfetto.dev")
      ->option_text("FILE")
      ->needs(profile);
  plan->add_option("--threads", request.threads,
                   "Threads that run the step, each with its workspaces in the peak;\n"
                   "default 0: all cores, as a trainer")
      ->option_text("N");
  plan->add_option("--extra-time", request.extra_time,
                   "Share of a step's predicted time that may go into recomputing cheap\n"
                   "values, from 0 (keep all) to 1; default 0.01, as a trainer")
      ->option_text("SHARE");
  plan->add_flag("--details", request.details, "Print the full report for every batch size");
  plan->add_flag("--json", request.json, "Print JSON, with exact bytes");
  plan->footer(std::string("Example: plan --model NAME --batch 1,32,10000 --budget 64MiB\n") +
               exit_codes);

  CLI::App* graph = app.add_subcommand("graph", "Print the nodes of a model");
  graph->add_option("--model", request.model, model_help)->required()->option_text("NAME");
  graph
      ->add_option("--optimizer", request.optimizer,
                   "Print the whole training step with this optimizer, as for plan")
      ->option_text("NAME");
  graph->add_flag("--dot", request.dot, "Print it in Graphviz's DOT language");
  graph->footer(std::string("Example: graph --model NAME --dot | dot -Tsvg > model.svg\n") +
                exit_codes);

  CLI::App* pack = app.add_subcommand(
      "pack", "Place the buffers of a file in as little memory as the search finds");
  pack->add_option("file", request.file,
                   "Lines of id,lower,upper,size below a header with these names: alive\n"
                   "from lower to before upper, sizes in bytes. Columns alignment, gaps\n"
                   "(3-7 or 3-7@0:64) and offset (it has to stay there) may follow. The\n"
                   "name may give a capacity, as in NAME.4096.csv or NAME.cap4096.csv")
      ->required()
      ->option_text("FILE.csv");
  pack->add_option("--seconds", request.seconds, "Time limit of the search; default 10")
      ->option_text("S");
  pack->add_option("--output", request.output, "Write the columns and the offset to this file")
      ->option_text("FILE");
  pack->add_flag("--json", request.json, "Print JSON, with the offset of each id");
  pack->footer(std::string("Example: pack buffers.1048576.csv --seconds 30\n") + exit_codes);
}

void declare_check(CLI::App& app, cli::Request& request) {
  CLI::App* check = app.add_subcommand(
      "check", "Find what would make training on these data fail or learn badly");
  check->add_option("--model", request.model, model_help)->required()->option_text("NAME");
  check
      ->add_option("--data", request.file,
                   "Training data: CSV with a header, a column for each feature and one\n"
                   "for the label")
      ->required()
      ->option_text("FILE.csv");
  check
      ->add_option("--evaluation", request.evaluation_file, "Evaluation data with the same columns")
      ->option_text("FILE.csv");
  check
      ->add_option("--label", request.label,
                   "Column of the label; default 'label' if it exists, otherwise the last")
      ->option_text("COLUMN");
  check
      ->add_option("--delimiter", request.delimiter,
                   "Column separator: one character, or 'tab'; default ,")
      ->option_text("LETTER");
  check->add_option("--batch", request.batches, "Samples per step; default 32")->option_text("N");
  check->add_flag("--drop-tail", request.drop_tail, "Drop a smaller last batch");
  CLI::Option* shuffle = check->add_option("--shuffle", request.shuffle,
                                           "Shuffle all samples in each epoch, with this seed");
  shuffle->option_text("SEED");
  check
      ->add_option("--shuffle-buffer", request.shuffle_buffer,
                   "Shuffle through a buffer of this many samples instead")
      ->option_text("N");
  check->add_flag("--no-shuffle", request.no_shuffle, "Keep the file's order, the default")
      ->excludes(shuffle);
  check->add_option("--prefetch", request.prefetch, "Prefetched batches; default 0")
      ->option_text("N");
  check->add_option("--optimizer", request.optimizer, optimizer_help)->option_text("NAME");
  check
      ->add_option("--learning-rate", request.learning_rate,
                   "Learning rate; default: the optimizer's")
      ->option_text("RATE");
  check
      ->add_option("--budget", request.budget,
                   "Memory for training, as for plan; default: what the machine has left")
      ->option_text("SIZE");
  check
      ->add_option("--without", request.without,
                   "Leave out findings with this id, such as feature-scale; repeatable")
      ->option_text("ID");
  check->add_flag("--json", request.json, "Print JSON");
  check->footer(
      std::string("Example: check --model NAME --data train.csv --batch 32 --shuffle 1\n") +
      exit_codes);
}

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
  const std::vector<std::string> commands{"models", "plan", "graph", "pack", "check"};
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
    declare(app, request);
    declare_check(app, request);
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
