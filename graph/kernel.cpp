#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/graph/kernel.hpp>
#include <string>
#include <string_view>
#include <utility>

namespace foregraph {
namespace {

/// Returns "[name] ". Nodes without a name are called "%12 softmax_cross_entropy"; the number is
/// dropped because it means nothing to users.
std::string prefix(const KernelCall& call) {
  std::string_view name = call.name;
  if (name.starts_with('%')) name.remove_prefix(name.find(' ') + 1);
  return '[' + std::string(name) + "] ";
}

/// Throws IndexError for flat position `position` of the indices, operand `operand`.
[[noreturn]] void throw_index(const KernelCall& call, int operand, std::int64_t position,
                              const std::string& what) {
  std::int64_t sample = -1;
  std::string place = "position " + std::to_string(position);
  if (call.input_shapes != nullptr && call.batch > 0) {
    // The sample is known if the first axis is the batch, alone or merged with axes of the sample.
    const ConcreteShape& shape = call.input_shapes[operand];
    if (shape.rank > 0 && shape.dims[0] > 0 && shape.dims[0] % call.batch == 0) {
      const std::int64_t each = shape.elements / call.batch;
      sample = position / each;
      if (each == 1) place.clear();
    }
  }
  throw IndexError(prefix(call), sample, std::move(place), what);
}

}  // namespace

void throw_label_out_of_range(const KernelCall& call, std::int64_t row, std::int64_t label,
                              std::int64_t classes) {
  throw_index(call, 1, row,
              ": label " + std::to_string(label) + " is out of range, expected 0.." +
                  std::to_string(classes - 1) + " (" + std::to_string(classes) +
                  " classes). Check the labels, or give the last layer as many units as there are "
                  "classes.");
}

void throw_index_out_of_range(const KernelCall& call, int operand, std::int64_t position,
                              std::int64_t index, std::int64_t count) {
  throw_index(call, operand, position,
              ": index " + std::to_string(index) + " is out of range, expected 0.." +
                  std::to_string(count - 1) + " (" + std::to_string(count) +
                  " entries along the axis). Check the indices, or make the axis longer.");
}

}  // namespace foregraph
