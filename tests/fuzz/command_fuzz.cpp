// The `foregraph` command: its words, one a line, and behind them the file that "@" stands for. Of
// the options, those are left out that write files, run a step or search for a time.
#include <foregraph/detail/tools/command_line.hpp>
#include <foregraph/foregraph.hpp>
#include <sstream>

#include "support.hpp"

namespace foregraph::fuzz {
namespace {

constexpr char command_separator = '\x1e';

Model fuzzed_regression(Graph& g) {
  const Tensor x = g.input("x", {batch, 2});
  const Tensor y = g.input("y", {batch, 1});
  const Tensor output = nn::dense(x, 1, "output");
  return {.loss = nn::mean_squared_error(output, y), .outputs = {output}};
}
Model fuzzed_classifier(Graph& g) {
  const Tensor x = g.input("x", {batch, 3});
  const Tensor y = g.input("label", {batch}, i32);
  const Tensor logits = nn::dense(relu(nn::dense(x, 4, "hidden")), 3, "logits");
  return {.loss = nn::softmax_cross_entropy(logits, y), .outputs = {logits}};
}

/// Whether a word would make the command write, wait or read another file.
bool is_left_out(const std::string& word) {
  if (word == "pack" || word.find('/') != std::string::npos) return true;
  for (const char* part : {"svg", "html", "profile", "search", "output", "seconds"})
    if (word.find(part) != std::string::npos) return true;
  return false;
}

void run_command(Input& input) {
  static MemoryFile file;
  std::vector<std::string> words = {"foregraph"};
  Input lines(input.until(command_separator));
  file.with(input.rest());
  while (!lines.is_empty() && words.size() < 30) {
    std::string word(lines.until('\n'));
    if (is_left_out(word) || word.find('\0') != std::string::npos) return;
    words.push_back(word == "@" ? file.path().string() : std::move(word));
  }
  std::vector<const char*> arguments;
  for (const std::string& word : words) arguments.push_back(word.c_str());
  std::ostringstream out;
  std::ostringstream err;
  const int code = command_line(static_cast<int>(arguments.size()), arguments.data(),
                                {{"regression", "a line", fuzzed_regression},
                                 {"classifier", "two layers", fuzzed_classifier}},
                                out, err, {.root = "/no/such/folder"});
  require(code != static_cast<int>(ExitCode::internal_error),
          "the command blames itself for its input");
  require(code < 2 || code > 2 || out.str().empty(), "output of a command that was refused");
}

std::vector<std::string> command_seeds() {
  const auto command = [](std::initializer_list<const char*> words, const std::string& file) {
    std::string all;
    for (const char* word : words) all += std::string(word) + '\n';
    return all + command_separator + file;
  };
  const std::string numbers = "a,b,label\n1,2,3\n4,5,6\n7,8,9\n";
  return {
      command({"models"}, ""),
      command({"plan", "--model", "classifier", "--batch", "1,32", "--budget", "64MiB"}, ""),
      command({"plan", "--model", "regression", "--batch", "8", "--json", "--optimizer", "adamw"},
              ""),
      command({"graph", "--model", "regression", "--optimizer", "sgd", "--dot"}, ""),
      command({"check", "--model", "regression", "--data", "@", "--batch", "2"}, numbers),
      command({"check", "--model", "classifier", "--data", "@", "--label", "c\"x\"", "--json",
               "--shuffle", "1"},
              "a,b,d,\"c\"\"x\"\"\"\n1,2,3,0\n4,5,6,1\n-1,,1,2\n"),
      command({"check", "--model", "regression", "--data", "@", "--evaluation", "@",
               "--learning-rate", "0.1", "--budget", "1MiB"},
              "\xef\xbb\xbf\"a\nb\",b,label\r\n1,2,3\r\n\"4\",5e1,6\r\n"),
  };
}

const Registered command_target({"command", &run_command, &command_seeds, 30});

}  // namespace
}  // namespace foregraph::fuzz
