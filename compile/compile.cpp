#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/compile/compile.hpp>
#include <string>

namespace foregraph {

void batch_size_must_be_at_least_1(std::int64_t batch_size) {
  throw BatchError("batch size is " + std::to_string(batch_size) +
                   ", expected at least 1; give the number of samples in one training step");
}

void planning::tasks_wait_for_each_other() {
  throw InternalError("the kernel calls of a step wait for each other: no order of them exists");
}

void memory_of_a_step_does_not_fit_64_bits(std::int64_t batch_size) {
  throw BatchError(
      "the bytes of a training step at batch size " + std::to_string(batch_size) +
      " do not fit in 64 bits, expected fewer than 2^63; use a smaller batch or model");
}

void threads_of_a_step_are_out_of_range(int threads) {
  throw UsageError("PlanOptions::threads is " + std::to_string(threads) + ", expected 1 to " +
                   std::to_string(max_threads) +
                   "; give the number of threads that run the step, such as default_threads()");
}

}  // namespace foregraph
