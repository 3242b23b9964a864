#include <string>

#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/graph/op.hpp>
#include <foregraph/detail/runtime/op_kernels.hpp>

namespace foregraph {

const KernelTable& runnable_kernels(const OpDef& op, Isa machine) {
  static constexpr KernelTable none{};
  if (op.kernels == nullptr) return none;
  const KernelTable& table = op.kernels();
  if (table.isa > machine)
    throw UsageError(
        "the kernels of op '" + std::string(op.name) + "' were compiled for " + name_of(table.isa) +
        ", but this CPU and its operating system support at most " + name_of(machine) +
        "; compile the file that defines the op without the -m " + "options that ask for more");
  return table;
}

}  // namespace foregraph
