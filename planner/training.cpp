#include <foregraph/graph/error.hpp>
#include <foregraph/planner/training.hpp>
#include <string>

namespace foregraph {

void batch_size_must_be_at_least_1(std::int64_t batch_size) {
  throw BatchError("batch size is " + std::to_string(batch_size) +
                   ", expected at least 1; give the number of samples of one training step");
}

}  // namespace foregraph
