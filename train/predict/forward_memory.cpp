#include <algorithm>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/base/system/process_memory.hpp>
#include <foregraph/detail/kernels/gemm/blas.hpp>
#include <foregraph/detail/kernels/threads/thread_pool.hpp>
#include <foregraph/detail/train/predict/forward_memory.hpp>
#include <string>
#include <utility>

namespace foregraph {
namespace {

Plan forward_plan(const ForwardRequest& request, std::int64_t batch_size) {
  return plan_memory(*request.graph, batch_size,
                     {.input_buffers = request.data->prefetch_depth() + 1,
                      .threads = threads_for(request.threads)});
}

std::int64_t work_bytes(const Plan& plan) {
  return plan.inputs_bytes() + plan.transient_bytes + plan.thread_bytes;
}

/// Returns the bytes the process would hold with `plan`, including everything that counts against
/// the budget.
Bytes total(const ForwardRequest& request, const Plan& plan) {
  return plan.peak() + request.held + request.data->in_order().own_bytes();
}

void attach(Program& program, std::byte* variables, std::byte* memory) {
  const Plan& plan = program.plan();
  std::byte* const transient = memory + plan.inputs_bytes();
  program.attach(variables, memory, transient, nullptr, transient + plan.transient_bytes);
}

[[noreturn]] void throw_too_large(const ForwardRequest& request, const Plan& smallest) {
  throw BudgetError(
      std::string(request.call) + ": even one sample at a time needs " +
      to_string_beside(total(request, smallest), *request.budget.bytes) + " (" +
      to_string(Bytes{smallest.variables_bytes}) + " of variables, " +
      to_string(Bytes{work_bytes(smallest)}) + " for the pass with " +
      std::to_string(smallest.options.input_buffers) + " input buffers, " +
      to_string(request.data->in_order().own_bytes()) + " for its pipeline, " +
      to_string(request.held) + " held by the training step), but the memory budget is " +
      to_string_beside(*request.budget.bytes, total(request, smallest)) +
      "; raise memory_budget, prefetch fewer batches, or call it after fit() has ended." +
      request.budget.source);
}

}  // namespace

Bytes ForwardRequest::arena_bytes() const {
  return {work_bytes(forward_plan(*this, data->in_order().largest_batch()))};
}

bool ForwardRequest::fits() const {
  return !budget.bytes ||
         total(*this, forward_plan(*this, data->in_order().largest_batch())) <= *budget.bytes;
}

std::unique_ptr<Program> forward_program_in(const ForwardRequest& request, std::byte* memory,
                                            std::size_t size_bytes) {
  for (std::int64_t b = request.data->in_order().largest_batch(); b >= 1; b /= 2) {
    Plan plan = forward_plan(request, b);
    if (work_bytes(plan) > static_cast<std::int64_t>(size_bytes)) continue;
    start_blas_if_used(threads_for(request.threads));
    auto program = std::make_unique<Program>(request.graph->clone(), std::move(plan));
    attach(*program, request.variables, memory);
    program->use_threads(request.threads);
    return program;
  }
  return nullptr;
}

Program& ForwardMemory::prepare(const ForwardRequest& request) {
  const std::int64_t batch_size = request.data->in_order().largest_batch();
  const int prefetch = request.data->prefetch_depth();
  const auto same = std::find_if(programs_.begin(), programs_.end(), [&](const Prepared& each) {
    return each.graph == request.graph && each.batch_size == batch_size &&
           each.prefetch == prefetch;
  });
  if (same != programs_.end()) {
    std::rotate(same, same + 1, programs_.end());
    return *programs_.back().program;
  }
  Plan plan = forward_plan(request, batch_size);
  const std::optional<Bytes>& budget = request.budget.bytes;
  while (budget && total(request, plan) > *budget) {
    if (plan.batch == 1) throw_too_large(request, plan);
    plan = forward_plan(request, plan.batch / 2);
  }
  // Cached programs must fit as well, since the arena is as large as the largest of them.
  const auto too_large = [&](const Prepared& each) {
    return budget && work_bytes(each.program->plan()) > work_bytes(plan) &&
           total(request, each.program->plan()) > *budget;
  };
  std::erase_if(programs_, too_large);
  if (programs_.size() == limit_) programs_.erase(programs_.begin());
  start_blas_if_used(threads_for(request.threads));
  auto program = std::make_unique<Program>(request.graph->clone(), std::move(plan));
  programs_.push_back({request.graph, batch_size, prefetch, std::move(program)});
  attach_all(request.variables);
  programs_.back().program->use_threads(request.threads);
  return *programs_.back().program;
}

void ForwardMemory::attach_all(std::byte* variables) {
  std::int64_t needed = 0;
  for (const Prepared& each : programs_)
    needed = std::max(needed, work_bytes(each.program->plan()));
  if (static_cast<std::size_t>(needed) != arena_.size_bytes()) {
    if (arena_.size_bytes() > 0) {  // freed before the new one is allocated: both might not fit
      arena_ = Arena();
      return_freed_memory();
    }
    try {
      arena_ = Arena(static_cast<std::size_t>(needed));
    } catch (...) {
      programs_.clear();
      throw;
    }
  }
  for (const Prepared& each : programs_) attach(*each.program, variables, arena_.data());
}

void ForwardMemory::clear() {
  programs_.clear();
  if (arena_.size_bytes() == 0) return;
  arena_ = Arena();
  return_freed_memory();
}

}  // namespace foregraph
