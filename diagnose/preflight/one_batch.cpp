#include <algorithm>
#include <foregraph/detail/diagnose/preflight/measuring.hpp>
#include <foregraph/detail/diagnose/preflight/one_batch.hpp>
#include <utility>

namespace foregraph::checks {

OneBatch::OneBatch(const Context& context, const Graph& g, std::int64_t samples) {
  samples = std::min(samples, context.data.samples_per_epoch());
  Plan plan = plan_memory(g, samples);
  reason_ = too_expensive(context, g, plan, 1);
  if (!reason_.empty()) return;
  variables_ = Variables::present(context.model);
  run_.emplace(g, std::move(plan), variables_->data());
  data::Loader loader = run_->loader(at_random(context.data, samples));
  data::Batch batch_data;
  loader.start_epoch(0);
  if (!loader.next(batch_data)) return;
  loss_ = run_->run(batch_data);
  size_ = batch_data.size;
}

}  // namespace foregraph::checks
