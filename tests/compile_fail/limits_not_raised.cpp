// A transformer within the compilers' own limits of constant evaluation, which the test leaves.
// EXPECT-GCC: foregraph: the model takes more steps to evaluate than this compiler allows
// EXPECT-GCC: -fconstexpr-ops-limit=268435456 -fconstexpr-loop-limit=1000000
// EXPECT-CLANG: constexpr evaluation hit maximum step limit
#include <foregraph/foregraph.hpp>
#include <foregraph/models.hpp>

namespace fg = foregraph;

constexpr auto model = [](fg::Graph& g) {
  return fg::models::gpt(g,
                         {.vocabulary = 64, .context = 32, .width = 64, .heads = 4, .layers = 8});
};

int main() {
  fg::Trainer<model> trainer{fg::optim::adam()};
}
