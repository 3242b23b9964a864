// What a user's project needs to work: the headers, at compile time and at run time, and a symbol
// of the library.
#include <cstdio>
#include <foregraph/graph/dtype.hpp>
#include <foregraph/runtime/cpu.hpp>

namespace fg = foregraph;

static_assert(fg::bytes_per_element(fg::f32) == 4);
static_assert(fg::bytes_per_element(fg::i64) == 8);

int main() {
  std::printf("kernels for %s\n", fg::name_of(fg::active_isa()));
}
