#include <condition_variable>
#include <exception>
#include <foregraph/graph/error.hpp>
#include <foregraph/planner/placement.hpp>
#include <foregraph/runtime/arena.hpp>
#include <foregraph/runtime/data/loader.hpp>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

#include "batch_assembler.hpp"

namespace foregraph {

/// With prefetch, batch n of an epoch is made in slot n % slots by the worker. Two counts say how
/// far each side is: the worker has made batches below `made_`, the consumer has given back those
/// below `released_`; the worker stays less than `slots` ahead of that. Both, the epoch and the
/// stop flag change under the mutex only.
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
    {
      const std::lock_guard lock(mutex_);
      stop_ = true;
      ++generation_;
    }
    wake_worker_.notify_one();
    worker_.join();
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  void start_epoch(std::int64_t epoch) {
    running_ = true;
    taken_ = 0;
    if (!worker_.joinable()) return assembler_.start_epoch(epoch);
    {
      std::unique_lock lock(mutex_);
      ++generation_;  // the worker gives up the batch it is at, and its result is dropped
      wake_consumer_.wait(lock, [&] { return !assembling_; });
      epoch_ = epoch;
      made_ = released_ = 0;
      error_ = nullptr;
      epoch_pending_ = true;
    }
    wake_worker_.notify_one();
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
        rows_[slot] = assembler_.assemble(index, bases_[slot]);
      } catch (...) {
        running_ = false;
        throw;
      }
    } else {
      std::unique_lock lock(mutex_);
      if (released_ != index) {
        released_ = index;
        wake_worker_.notify_one();
      }
      wake_consumer_.wait(lock, [&] { return made_ > index || error_; });
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
    std::unique_lock lock(mutex_);
    const auto slots = static_cast<std::int64_t>(bases_.size());
    while (true) {
      wake_worker_.wait(lock, [&] {
        return stop_ || epoch_pending_ ||
               (active_ && made_ < pipeline_.batches_per_epoch() && made_ - released_ < slots);
      });
      if (stop_) return;
      const std::int64_t generation = generation_;
      const bool start = std::exchange(epoch_pending_, false);
      const std::int64_t index = made_;
      const auto slot = static_cast<std::size_t>(index % slots);
      std::span<const std::int64_t> rows;
      std::exception_ptr error;
      assembling_ = true;
      lock.unlock();
      try {
        if (start)
          assembler_.start_epoch(epoch_);
        else
          rows = assembler_.assemble(index, bases_[slot]);
      } catch (...) {
        error = std::current_exception();
      }
      lock.lock();
      assembling_ = false;
      if (generation == generation_) {
        active_ = !error;
        error_ = error;
        if (!start && !error) {
          rows_[slot] = rows;
          ++made_;
        }
      } else {
        active_ = false;
      }
      wake_consumer_.notify_one();
    }
  }

  Arena own_;
  Pipeline pipeline_;
  std::vector<std::byte*> bases_;
  std::vector<std::span<const std::int64_t>> rows_;  ///< by slot
  BatchAssembler assembler_;
  bool running_ = false;    ///< consumer's side only
  std::int64_t taken_ = 0;  ///< consumer's side only

  std::mutex mutex_;
  std::condition_variable wake_worker_;
  std::condition_variable wake_consumer_;
  std::int64_t epoch_ = 0;
  std::int64_t made_ = 0;
  std::int64_t released_ = 0;
  std::int64_t generation_ = 0;
  bool epoch_pending_ = false;
  bool active_ = false;
  bool assembling_ = false;
  bool stop_ = false;
  std::exception_ptr error_;
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
