#include <foregraph/graph/error.hpp>
#include <foregraph/graph/kernel.hpp>
#include <string>
#include <string_view>

namespace foregraph {
namespace {

/// "[name] ". Nodes without a name are called "%12 softmax_cross_entropy"; the number means nothing
/// to users.
std::string prefix(const KernelCall& call) {
  std::string_view name = call.name;
  if (name.starts_with('%')) name.remove_prefix(name.find(' ') + 1);
  return '[' + std::string(name) + "] ";
}

}  // namespace

void throw_index_out_of_range(const KernelCall& call, std::int64_t row, std::int64_t index,
                              std::int64_t count) {
  throw DataError(prefix(call) + "row " + std::to_string(row) + ": label " + std::to_string(index) +
                  " is out of range; expected 0.." + std::to_string(count - 1) + " (" +
                  std::to_string(count) +
                  " classes). Check the labels, or give the last layer as many units as there are "
                  "classes.");
}

void throw_position_out_of_range(const KernelCall& call, std::int64_t position, std::int64_t index,
                                 std::int64_t count) {
  throw DataError(prefix(call) + "position " + std::to_string(position) + ": index " +
                  std::to_string(index) + " is out of range; expected 0.." +
                  std::to_string(count - 1) + " (" + std::to_string(count) +
                  " entries along the axis). Check the indices, or make the axis longer.");
}

}  // namespace foregraph
