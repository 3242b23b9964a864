// A program that compiles in seconds: it plans a model at run time, and catches an exception of the
// library by its type. Succeeds if both work.
#include <cstdio>
#include <foregraph/csv.hpp>
#include <foregraph/errors.hpp>
#include <foregraph/plan.hpp>
#include <foregraph/version.hpp>
#include <string>

namespace fg = foregraph;

namespace {

fg::Model small(fg::Graph& g) {
  const auto x = g.input("x", {fg::batch, 8});
  const auto y = g.input("y", {fg::batch, 1});
  const auto hidden = fg::relu(fg::nn::dense(x, 4, "hidden"));
  const auto line = fg::nn::dense(hidden, 1, "line");
  return {.loss = fg::nn::mean_squared_error(line, y), .outputs = {line}};
}

}  // namespace

int main() {
  const fg::Bytes peak = fg::peak_memory(small, fg::optim::adam(), 128);
  std::printf("foregraph %s, peak %s\n", FOREGRAPH_VERSION, fg::to_string(peak).c_str());
  try {
    (void)fg::data::csv("/nowhere/train.csv");
  } catch (const fg::FileError& error) {
    const bool is_named = std::string(error.what()).find("/nowhere/train.csv") != std::string::npos;
    return is_named && peak.count > 0 ? 0 : 1;
  }
  return 2;
}
