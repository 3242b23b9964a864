#pragma once

#include <atomic>
#include <chrono>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <foregraph/detail/base/system/arena.hpp>
#include <foregraph/detail/base/system/thread.hpp>
#include <foregraph/detail/data/loader/batch_assembler.hpp>
#include <foregraph/detail/data/loader/epoch_order.hpp>
#include <foregraph/detail/data/loader/loader.hpp>
#include <foregraph/detail/data/loader/stream_reader.hpp>
#include <foregraph/detail/data/loader/wait_point.hpp>

namespace foregraph::data {

/// Batch n of an epoch is made in slot n % slots by the worker that claims it. Claims are handed
/// out in batch order under a lock, together with the rows or, for a stream, the samples. The
/// consumer has released all batches below `released_`; no batch is claimed `slots` or more beyond
/// that. A worker's exception is stored in the slot and rethrown when the consumer reaches it.
///
/// If making a batch takes little longer than handing it over, a waiting consumer makes batches
/// itself, or even all of them if it does little else: see find_mode().
///
/// To begin an epoch or to end, the consumer clears `running_` under the same lock and waits until
/// no claim is open (`busy_`); then it has exclusive access to all members.
class Loader::State {
 public:
  State(Pipeline pipeline, std::vector<SlotField> fields, std::vector<std::byte*> bases, Arena own);
  ~State();
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  void start(const LoaderPosition& position);
  bool next(Batch& batch);

  [[nodiscard]] LoaderPosition position() const { return {epoch_, taken_, delivered_}; }
  [[nodiscard]] LoaderStatistics statistics() const;
  [[nodiscard]] const Pipeline& pipeline() const { return pipeline_; }
  [[nodiscard]] std::span<const SlotField> fields() const { return fields_; }

 private:
  using Clock = std::chrono::steady_clock;

  struct Slot {
    std::byte* base = nullptr;
    std::vector<std::int64_t> rows;          ///< space for a batch
    std::span<const std::int64_t> in_batch;  ///< the part of rows in use
    std::exception_ptr error;
    std::atomic<std::int64_t> made = -1;  ///< the batch that is ready or has failed
  };
  struct Worker {
    Worker(const Pipeline& pipeline, std::vector<SlotField> fields, RowCache* cache)
        : assembler(pipeline, std::move(fields), cache),
          seconds(std::make_unique<std::atomic<double>[]>(assembler.seconds().size())) {}
    BatchAssembler assembler;
    Activity activity;
    WaitPoint waits;
    std::unique_ptr<std::atomic<double>[]> seconds;  ///< copy of the assembler's, for other threads
    std::atomic<double> wait_seconds = 0;
    Thread thread;
  };

  [[nodiscard]] bool threaded() const { return slot_count_ > 1; }
  [[nodiscard]] bool claimable() const {
    return running_ && claimed_ < batches_ && claimed_ - released_ < slot_count_;
  }
  /// Claims the next batch for `worker` with its rows or the error from reading them; may be none.
  std::optional<std::int64_t> claim(Worker& worker);
  void make(Worker& worker, std::int64_t index);
  void work(Worker& worker);
  void interrupt(bool for_ever);
  void notify_workers();
  void wait_for_batch(std::int64_t index);
  void find_mode();
  [[nodiscard]] std::string describe_stages(std::int64_t index, double seconds) const;
  /// Sums over all workers since the loader was created.
  [[nodiscard]] double stage_seconds(std::size_t stage) const;
  [[nodiscard]] double workers_wait_seconds() const;
  [[nodiscard]] Slot& slot_of(std::int64_t index) { return slots_[slot_number(index)]; }
  [[nodiscard]] std::size_t slot_number(std::int64_t index) const {
    return static_cast<std::size_t>(index % slot_count_);
  }

  Arena own_;
  Pipeline pipeline_;
  std::vector<SlotField> fields_;
  std::int64_t slot_count_;
  std::int64_t batches_;
  std::unique_ptr<Slot[]> slots_;
  std::unique_ptr<RowCache> cache_;
  std::optional<EpochOrder> order_;
  std::optional<StreamReader> stream_;

  // Used only by the consumer.
  bool started_ = false;
  std::int64_t epoch_ = 0;
  std::int64_t taken_ = 0;
  std::int64_t first_ = 0;  ///< batch at which the epoch began
  Delivery delivered_{};
  double wait_seconds_ = 0;
  double work_seconds_ = 0;
  bool helps_ = false;          ///< makes batches while waiting
  std::int64_t ready_sum_ = 0;  ///< over all calls of next()
  Clock::time_point returned_{};
  std::vector<double> seconds_before_;  ///< by stage, when the epoch began
  double workers_wait_before_ = 0;

  std::mutex claims_;  ///< guards order_, stream_, and changes of running_, stop_, claimed_, busy_
  std::atomic<bool> running_ = false;
  std::atomic<bool> stop_ = false;
  std::atomic<bool> alone_ = false;  ///< the consumer makes all batches
  std::atomic<std::int64_t> claimed_ = 0;
  std::atomic<std::int64_t> released_ = 0;
  std::atomic<std::int64_t> made_ = 0;
  std::atomic<int> busy_ = 0;  ///< open claims
  WaitPoint consumer_waits_;
  std::unique_ptr<Worker> consumer_;              ///< for batches the consumer makes itself
  std::vector<std::unique_ptr<Worker>> workers_;  ///< last: their threads use all of the above
};

}  // namespace foregraph::data
