#include <CLI/CLI.hpp>
#include <foregraph/detail/base/version.hpp>
#include <string>

#include "commands.hpp"

namespace foregraph::cli {
namespace {

constexpr const char* model_help = "A model that `models` lists, or a file FILE.onnx";
constexpr const char* optimizer_help =
    "adam (default), adamw, sgd, momentum, nesterov, rmsprop, adagrad, adadelta,\nlamb or lion";
constexpr const char* exit_codes =
    "Exit codes: 0 success, 1 internal error, 2 wrong usage, model or file,\n"
    "3 a batch does not fit the budget, 4 check found errors or warnings,\n"
    "5 the system refused memory, a thread or space for the output.";

/// The options that say how a file of ONNX is read, and the loss that it is given.
void declare_onnx(CLI::App& command, Request& request) {
  OnnxRequest& onnx = request.onnx;
  command
      .add_option("--dim", onnx.dims,
                  "ONNX: size of an axis with a name other than the batch; repeatable")
      ->option_text("NAME=SIZE")
      ->allow_extra_args(false);
  command
      .add_option("--input", onnx.inputs,
                  "ONNX: value of an input that is a switch and no data; repeatable")
      ->option_text("NAME=VALUE")
      ->allow_extra_args(false);
  command
      .add_option("--batch-axis", onnx.batch_axis,
                  "ONNX: name of the axis that is the batch; default: axis 0 of the\n"
                  "inputs")
      ->option_text("NAME");
  CLI::Option* as_exported = command.add_flag(
      "--as-exported", onnx.as_exported, "ONNX: keep batch norm and dropout as they were exported");
  command
      .add_flag("--as-training", onnx.as_training,
                "ONNX: train them whatever the file was exported for, the default")
      ->excludes(as_exported);
  command
      .add_option("--loss", onnx.loss,
                  "ONNX: softmax_cross_entropy, binary_cross_entropy,\n"
                  "binary_cross_entropy_with_logits, mean_squared_error,\n"
                  "mean_absolute_error, or none if the output is the loss; default: by\n"
                  "the output's shape, as a note says")
      ->option_text("LOSS");
  command
      .add_option("--output-name", onnx.output,
                  "ONNX: output that the loss is about; default: the first")
      ->option_text("NAME");
  command
      .add_option("--class-axis", onnx.class_axis,
                  "ONNX: axis of the classes in the output; default: 1 of an image, else\n"
                  "the last")
      ->option_text("N");
}

void declare_plan(CLI::App& app, Request& request) {
  CLI::App* plan =
      app.add_subcommand("plan",
                         "Print the memory and work of a training step for each batch size;\n"
                         "nothing is allocated or trained, except with --profile");
  plan->add_option("--model", request.model, model_help)->required()->option_text("NAME|FILE.onnx");
  declare_onnx(*plan, request);
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
}

void declare_graph_and_pack(CLI::App& app, Request& request) {
  CLI::App* graph = app.add_subcommand("graph", "Print the nodes of a model");
  graph->add_option("--model", request.model, model_help)
      ->required()
      ->option_text("NAME|FILE.onnx");
  declare_onnx(*graph, request);
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

/// The options of the files with the samples.
void declare_data(CLI::App& command, Request& request) {
  command
      .add_option("--data", request.file,
                  "Training data: CSV with a header, a column for each feature and one\n"
                  "for the label; or NPZ with an array for each input. Columns of several\n"
                  "inputs have their names, or NAME_0, NAME_1, ...")
      ->required()
      ->option_text("FILE.csv|.npz");
  command.add_option("--evaluation", request.evaluation_file, "Evaluation data of the same form")
      ->option_text("FILE.csv|.npz");
  command
      .add_option("--label", request.label,
                  "Column or array of the label; default 'label' if it exists, otherwise\n"
                  "the last column; in NPZ the name of the input")
      ->option_text("COLUMN");
  command
      .add_option("--delimiter", request.delimiter,
                  "Column separator: one character, or 'tab'; default ,")
      ->option_text("LETTER");
}

void declare_check(CLI::App& app, Request& request) {
  CLI::App* check = app.add_subcommand(
      "check", "Find what would make training on these data fail or learn badly");
  check->add_option("--model", request.model, model_help)
      ->required()
      ->option_text("NAME|FILE.onnx");
  declare_onnx(*check, request);
  declare_data(*check, request);
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

void declare_fit(CLI::App& app, Request& request) {
  CLI::App* fit =
      app.add_subcommand("fit", "Train a model on the data of a file, and write the trained one");
  fit->add_option("--model", request.model, model_help)->required()->option_text("NAME|FILE.onnx");
  declare_onnx(*fit, request);
  declare_data(*fit, request);
  fit->add_option("--output", request.output,
                  "File for the trained model: NAME.onnx, or NAME.safetensors for a\n"
                  "checkpoint")
      ->required()
      ->option_text("FILE");
  fit->add_option("--epochs", request.epochs, "Passes over the data; default 1")->option_text("N");
  fit->add_option("--batch", request.batches, "Samples per step; default 32")->option_text("N");
  fit->add_option("--optimizer", request.optimizer, optimizer_help)->option_text("NAME");
  fit->add_option("--learning-rate", request.learning_rate,
                  "Learning rate; default: the optimizer's")
      ->option_text("RATE");
  fit->add_option("--seed", request.seed, "Seed of the shuffle; default 0")->option_text("N");
  CLI::Option* checkpoint =
      fit->add_option("--checkpoint", request.checkpoint,
                      "Write the state of the training to this file after each epoch")
          ->option_text("FILE");
  fit->add_flag("--resume", request.resume, "Continue from the checkpoint, if it exists")
      ->needs(checkpoint);
  fit->add_option("--budget", request.budget,
                  "Memory for training, as for plan; batches that need more run in parts;\n"
                  "default: what the machine has left")
      ->option_text("SIZE");
  fit->add_option("--threads", request.threads, "Threads that run a step; default 0: all cores")
      ->option_text("N");
  fit->add_flag("--json", request.json, "Print JSON");
  fit->footer(
      std::string("Example: fit --model FILE.onnx --data train.csv --loss mean_squared_error "
                  "--output tuned.safetensors\n") +
      exit_codes + "\nOf fit, 4 says that a loss is not finite.");
}

void declare_import(CLI::App& app, Request& request) {
  CLI::App* import = app.add_subcommand(
      "import", "Write an ONNX file as a model function in C++, which plans in the compiler");
  import->add_option("file", request.file, "The file to read")
      ->required()
      ->option_text("FILE.onnx");
  declare_onnx(*import, request);
  import->add_option("--cpp", request.cpp, "Write the model function to this file")
      ->required()
      ->option_text("FILE.hpp");
  import
      ->add_option("--weights", request.weights,
                   "Write the values of the variables to this file, for\n"
                   "foregraph::load_weights()")
      ->option_text("FILE.safetensors");
  import->add_option("--name", request.name, "Name of the function; default: that of the file")
      ->option_text("NAME");
  import->footer(
      std::string("Example: import FILE.onnx --cpp model.hpp --weights model.safetensors\n") +
      exit_codes);
}

}  // namespace

void declare(CLI::App& app, Request& request) {
  app.set_version_flag("--version", "foregraph " FOREGRAPH_VERSION);
  app.set_help_flag("-h,--help", "Print this help, or the help of the command before it");
  app.require_subcommand(1);
  app.footer(exit_codes);

  app.add_subcommand("models", "List the known models");

  declare_plan(app, request);
  declare_graph_and_pack(app, request);
  declare_check(app, request);
  declare_fit(app, request);
  declare_import(app, request);
}

}  // namespace foregraph::cli
