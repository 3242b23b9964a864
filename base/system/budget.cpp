#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/base/system/budget.hpp>
#include <string>

namespace foregraph {

Bytes Budget::checked(Bytes bytes) {
  if (bytes.count >= 1) return bytes;
  throw UsageError("a memory budget of " + std::to_string(bytes.count) +
                   " bytes was given, expected 1 or more; Budget::unlimited() sets no limit, and "
                   "Budget::machine(), the default, takes what the machine has left");
}

}  // namespace foregraph
