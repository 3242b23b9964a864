#include <atomic>
#include <exception>
#include <foregraph/graph/error.hpp>
#include <foregraph/planner/placement.hpp>
#include <foregraph/runtime/arena.hpp>
#include <foregraph/runtime/data/loader.hpp>
#include <string>
#include <thread>
#include <utility>

#include "batch_assembler.hpp"
#include "wait_point.hpp"

namespace foregraph {

/// With prefetch, batch n of an epoch is made in slot n % slots by the worker. Two counts say how
/// far each side is: the worker has made batches below `made_`, the consumer has given back those
/// below `released_`; the worker stays less than `slots` ahead of that. The consumer calls the
/// worker away from its epoch by `interrupted_`, with `stop_` or `epoch_` written before it.
class Loader::State {
 public:
  State(Pipeline pipeline, std::vector<SlotField> fields, std::vector<std::byte*> bases, Arena own)
      : own_(std::move(own)),
        pipeline_(std::move(pipeline)),
        bases_(std::move(bases)),
        rows_(bases_.size()),
        assembler_(pipeline_, std::move(fields)) {
    if (bases_.size() > 1) worker_ = std::thread([this] { work(); });
  }
  ~State() {
    if (!worker_.joinable()) return;
    stop_ = true;
    interrupted_ = true;
    worker_waits_.notify();
    worker_.join();
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  void start_epoch(std::int64_t epoch) {
    running_ = true;
    taken_ = 0;
    if (!worker_.joinable()) return assembler_.start_epoch(epoch);
    epoch_ = epoch;
    interrupted_ = true;
    worker_waits_.notify();
    consumer_waits_.wait([&] { return !interrupted_; });
  }

  bool next(Batch& batch) {
    if (!running_) throw UsageError("Loader::next: no epoch is running; call start_epoch() first");
    const std::int64_t index = taken_;
    if (index >= pipeline_.batches_per_epoch()) {
      running_ = false;
      return false;
    }
    const auto slot = static_cast<std::size_t>(index) % bases_.size();
    if (!worker_.joinable()) {
      try {
        rows_[slot] = assembler_.assemble(index, bases_[slot], interrupted_);
      } catch (...) {
        running_ = false;
        throw;
      }
    } else {
      released_ = index;
      worker_waits_.notify();
      consumer_waits_.wait([&] { return made_ > index || failed_; });
      if (made_ <= index) {  // batches made before the error come first
        running_ = false;
        std::rethrow_exception(std::exchange(error_, nullptr));
      }
    }
    ++taken_;
    batch.size = static_cast<std::int64_t>(rows_[slot].size());
    batch.index = index;
    batch.slot = static_cast<int>(slot);
    batch.row_indices = rows_[slot];
    batch.fields = assembler_.fields();
    batch.base = bases_[slot];
    return true;
  }

  [[nodiscard]] const Pipeline& pipeline() const { return pipeline_; }
  [[nodiscard]] std::span<const SlotField> fields() const { return assembler_.fields(); }

 private:
  void work() {
    const auto slots = static_cast<std::int64_t>(bases_.size());
    bool active = false;
    while (true) {
      worker_waits_.wait([&] {
        return interrupted_ ||
               (active && made_ < pipeline_.batches_per_epoch() && made_ - released_ < slots);
      });
      try {
        if (interrupted_) {
          if (stop_) return;
          const std::int64_t epoch = epoch_;
          made_ = released_ = 0;
          failed_ = active = false;
          error_ = nullptr;
          interrupted_ = false;
          consumer_waits_.notify();
          assembler_.start_epoch(epoch);
          active = true;
        } else {
          const std::int64_t index = made_;
          const auto slot = static_cast<std::size_t>(index % slots);
          rows_[slot] = assembler_.assemble(index, bases_[slot], interrupted_);
          if (!interrupted_) ++made_;  // else it may be incomplete
        }
      } catch (...) {
        active = false;
        error_ = std::current_exception();
        failed_ = true;
      }
      consumer_waits_.notify();
    }
  }

  Arena own_;
  Pipeline pipeline_;
  std::vector<std::byte*> bases_;
  std::vector<std::span<const std::int64_t>> rows_;  ///< by slot
  BatchAssembler assembler_;
  bool running_ = false;    ///< consumer's side only
  std::int64_t taken_ = 0;  ///< consumer's side only

  // Written by one side and published to the other by the atomics below.
  bool stop_ = false;
  std::int64_t epoch_ = 0;
  std::exception_ptr error_;

  std::atomic<std::int64_t> made_ = 0;
  std::atomic<std::int64_t> released_ = 0;
  std::atomic<bool> failed_ = false;
  std::atomic<bool> interrupted_ = false;
  WaitPoint worker_waits_;
  WaitPoint consumer_waits_;
  std::thread worker_;  ///< last: it uses all of the above
};

namespace {

std::vector<SlotField> all_fields(const Pipeline& pipeline, std::int64_t& slot_bytes) {
  std::vector<SlotField> fields;
  slot_bytes = 0;
  for (std::size_t i = 0; i < pipeline.dataset().fields().size(); ++i) {
    fields.push_back({i, slot_bytes});
    slot_bytes += align_up(pipeline.dataset().fields()[i].row_bytes() * pipeline.largest_batch());
  }
  return fields;
}

}  // namespace

Loader::Loader(Pipeline pipeline) {
  std::int64_t slot_bytes = 0;
  std::vector<SlotField> fields = all_fields(pipeline, slot_bytes);
  const std::int64_t slots = pipeline.prefetch_depth() + 1;
  Arena own(static_cast<std::size_t>(slots * slot_bytes));
  std::vector<std::byte*> bases;
  for (std::int64_t s = 0; s < slots; ++s) bases.push_back(own.data() + s * slot_bytes);
  state_ = std::make_unique<State>(std::move(pipeline), std::move(fields), std::move(bases),
                                   std::move(own));
}

Loader::Loader(Pipeline pipeline, std::vector<SlotField> fields,
               std::vector<std::byte*> slot_bases) {
  const auto slots = static_cast<std::size_t>(pipeline.prefetch_depth()) + 1;
  if (slot_bases.size() != slots)
    throw UsageError("Loader: got " + std::to_string(slot_bases.size()) +
                     " slots, expected one more than the prefetch depth, which is " +
                     std::to_string(pipeline.prefetch_depth()));
  for (const SlotField& field : fields)
    if (field.field_index >= pipeline.dataset().fields().size())
      throw UsageError("Loader: there is no field " + std::to_string(field.field_index) +
                       "; the data set has " + std::to_string(pipeline.dataset().fields().size()));
  state_ = std::make_unique<State>(std::move(pipeline), std::move(fields), std::move(slot_bases),
                                   Arena());
}

Loader::~Loader() = default;
Loader::Loader(Loader&&) noexcept = default;
Loader& Loader::operator=(Loader&&) noexcept = default;

void Loader::start_epoch(std::int64_t epoch) {
  state_->start_epoch(epoch);
}
bool Loader::next(Batch& batch) {
  return state_->next(batch);
}
const Pipeline& Loader::pipeline() const {
  return state_->pipeline();
}
std::span<const SlotField> Loader::fields() const {
  return state_->fields();
}

}  // namespace foregraph
