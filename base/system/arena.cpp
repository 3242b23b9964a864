#include <foregraph/detail/base/bytes.hpp>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/base/system/arena.hpp>
#include <string>

namespace foregraph {

void refuse_memory(std::size_t size_bytes) {
  throw BudgetError("the system refused to allocate " +
                    to_string(Bytes{static_cast<std::int64_t>(size_bytes)}) +
                    " in one block; use a smaller batch or model, or raise the limit that applies "
                    "(ulimit -v or -d, the control group, overcommit_memory)");
}

}  // namespace foregraph
