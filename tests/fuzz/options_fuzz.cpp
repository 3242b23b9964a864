// The texts of options and environment variables: lists of batches, sizes in bytes, near names,
// threads, instruction sets.
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/base/system/cpu.hpp>
#include <foregraph/detail/kernels/threads/thread_pool.hpp>
#include <foregraph/detail/tools/command_line/options.hpp>

#include "support.hpp"

namespace foregraph::fuzz {
namespace {

void run_options(Input& input) {
  const std::size_t which = input.below(5);
  const std::string text(input.until('\n'));
  if (which == 0) {
    for (const std::int64_t batch : cli::parse_batches(text))
      require(batch >= 1, "a batch below 1");
  } else if (which == 1) {
    const Bytes bytes = cli::parse_bytes(text);
    require(bytes.count >= 1, "a budget below one byte");
  } else if (which == 2) {
    std::vector<std::string> known;
    while (!input.is_empty()) known.emplace_back(input.until('\n'));
    const std::string found = cli::nearest(text, known);
    require(found.empty() || cli::joined(known).find(found) != std::string::npos,
            "a name that is not known");
  } else if (which == 3) {
    const int threads = choose_threads(text.c_str(), 2);
    require(threads >= 1 && threads <= max_threads, "threads out of range");
  } else {
    require(choose_isa(text, Isa::avx2) <= Isa::avx2, "an instruction set that is not there");
  }
}

std::vector<std::string> options_seeds() {
  using namespace std::string_literals;
  return {"\0001,32,10000"s,           "\00164MiB"s, "\0011.5 GiB"s, "\001800kB"s,   "\0014096"s,
          "\002w4\nw4_mlp\nw5_lenet"s, "\0038"s,     "\004avx2"s,    "\004baseline"s};
}

const Registered options_target({"options", &run_options, &options_seeds});

}  // namespace
}  // namespace foregraph::fuzz
