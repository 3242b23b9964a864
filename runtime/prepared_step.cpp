#include <cstring>
#include <foregraph/detail/graph/graph.hpp>
#include <foregraph/detail/kernels/gemm/blas.hpp>
#include <foregraph/detail/kernels/threads/thread_pool.hpp>
#include <foregraph/detail/runtime/prepared_step.hpp>
#include <utility>

namespace foregraph {
namespace {

/// Returns the index of the setting of `g` with the name and dtype of setting `y` of `step`, or -1.
std::ptrdiff_t setting_like(const Graph& g, const Graph& step, NodeId y) {
  for (std::size_t i = 0; i < g.settings.size(); ++i)
    if (g.node(g.settings[i]).dtype == step.node(y).dtype &&
        full_name(g, g.settings[i]) == full_name(step, y))
      return static_cast<std::ptrdiff_t>(i);
  return -1;
}

void set_in(Program& program, std::ptrdiff_t setting, double value) {
  if (setting >= 0) program.settings()[static_cast<std::size_t>(setting)] = value;
}

}  // namespace

PreparedStep::PreparedStep(StepWithinBudget fitted, const Graph& step,
                           std::span<const double> settings, std::byte* variables,
                           std::span<const SpecialisedRegion> specialised, int threads)
    : answer_(fitted.result) {
  start_blas_if_used(threads_for(threads));
  if (fitted.page_transfers > 0)
    pages_ = std::make_unique<PageFile>(fitted.page_folder, fitted.page_file_bytes,
                                        static_cast<std::size_t>(fitted.page_transfers));
  if (!in_parts()) {
    const std::int64_t inputs_bytes = fitted.plan.inputs_bytes();
    const std::int64_t work_bytes = inputs_bytes + fitted.plan.transient_bytes;
    work_ = Arena(static_cast<std::size_t>(work_bytes + fitted.plan.thread_bytes));
    program_ =
        std::make_unique<Program>(std::move(fitted.step), std::move(fitted.plan), specialised);
    program_->attach(variables, work_.data(), work_.data() + inputs_bytes, nullptr,
                     work_.data() + work_bytes);
    program_->use_pages(pages_.get());
  } else {
    split_.loss = fitted.split.loss;
    SplitPlan& plans = fitted.split_plan;
    const std::int64_t inputs_bytes = plans.part.inputs_bytes();
    const std::int64_t work_bytes = plans.work_bytes();
    sums_bytes_ = plans.part.sums_bytes;
    work_ = Arena(static_cast<std::size_t>(work_bytes + sums_bytes_ + plans.thread_bytes()));
    sums_ = work_.data() + work_bytes;
    std::byte* const thread_workspaces = sums_ + sums_bytes_;
    program_ =
        std::make_unique<Program>(std::move(fitted.split.part), std::move(plans.part), specialised);
    apply_ = std::make_unique<Program>(std::move(fitted.split.apply), std::move(plans.apply),
                                       specialised);
    program_->attach(variables, work_.data(), work_.data() + inputs_bytes, sums_,
                     thread_workspaces);
    apply_->attach(variables, nullptr, work_.data() + inputs_bytes, sums_, thread_workspaces);
    const Graph& part = program_->graph();
    while (part.text(part.node(part.settings[weight_]).name) != part_weight_name) ++weight_;
    part_settings_ = PartSettings(part);
  }
  program_->guard_loss();
  program_->use_threads(threads);
  if (apply_) apply_->use_threads(threads);
  for (const NodeId id : step.settings)
    settings_.push_back({setting_like(program_->graph(), step, id),
                         apply_ ? setting_like(apply_->graph(), step, id) : -1});
  for (std::size_t i = 0; i < settings.size(); ++i) set(i, settings[i]);
}

void PreparedStep::set(std::size_t setting, double value) {
  set_in(*program_, settings_[setting][0], value);
  if (apply_) set_in(*apply_, settings_[setting][1], value);
}

void PreparedStep::restart() {
  samples_ = 0;
  if (sums_ != nullptr) std::memset(sums_, 0, static_cast<std::size_t>(sums_bytes_));
  program_->bind(program_->plan().batch);
  program_->use_slot(0);
}

bool PreparedStep::run(std::int64_t size, std::int64_t slot, std::int64_t batch_size) {
  program_->bind(size);
  program_->use_slot(slot);
  if (!in_parts()) {
    program_->run();
    loss_ = program_->loss();
    return true;
  }
  program_->settings()[weight_] = split_.weight(size, batch_size);
  part_ = {.before = samples_, .samples = batch_size};
  part_settings_.set(part_, program_->settings());
  program_->run();
  loss_ = program_->loss() + (samples_ > 0 ? loss_ : 0);
  samples_ += size;
  if (samples_ < batch_size) return false;
  apply_->run();
  samples_ = 0;
  return true;
}

}  // namespace foregraph
