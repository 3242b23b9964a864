#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/base/system/budget.hpp>
#include <string>

namespace foregraph {

Bytes Budget::checked(Bytes bytes) {
  if (bytes.count >= 1) return bytes;
  throw UsageError("the memory budget is " + std::to_string(bytes.count) +
                   " bytes, expected 1 or more; Budget::unlimited() sets no limit, and "
                   "Budget::machine(), the default, uses what the machine has left");
}

}  // namespace foregraph
