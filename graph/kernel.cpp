#include <foregraph/graph/error.hpp>
#include <foregraph/graph/kernel.hpp>
#include <string>
#include <string_view>

namespace foregraph {

namespace {
/// Nodes without a name are called "%12 softmax_cross_entropy"; the number means nothing to users.
std::string where(const KernelCall& call, std::int64_t row) {
  std::string_view name = call.name;
  if (name.starts_with('%')) name.remove_prefix(name.find(' ') + 1);
  return '[' + std::string(name) + "] row " + std::to_string(row);
}
}  // namespace

void throw_index_out_of_range(const KernelCall& call, std::int64_t row, std::int64_t index,
                              std::int64_t count) {
  throw DataError(where(call, row) + ": label " + std::to_string(index) +
                  " is out of range; expected 0.." + std::to_string(count - 1) + " (" +
                  std::to_string(count) +
                  " classes). Check the labels, or give the last layer as many units as there are "
                  "classes.");
}

void throw_index_outside_axis(const KernelCall& call, std::int64_t row, std::int64_t index,
                              std::int64_t count) {
  throw DataError(where(call, row) + ": index " + std::to_string(index) +
                  " is out of range; expected 0.." + std::to_string(count - 1) +
                  ". Check the indices, or the size of what they point into.");
}

}  // namespace foregraph
