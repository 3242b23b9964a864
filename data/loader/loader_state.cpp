#include <foregraph/detail/base/text.hpp>
#include <foregraph/detail/data/loader/loader_state.hpp>

#include <algorithm>
#include <cstdio>
#include <foregraph/detail/base/error.hpp>
#include <utility>

namespace foregraph::data {
namespace {

double seconds_between(std::chrono::steady_clock::time_point from,
                       std::chrono::steady_clock::time_point to) {
  return std::chrono::duration<double>(to - from).count();
}

}  // namespace

Loader::State::State(Pipeline pipeline, std::vector<SlotField> fields,
                     std::vector<std::byte*> bases, Arena own)
    : own_(std::move(own)),
      pipeline_(std::move(pipeline)),
      fields_(std::move(fields)),
      slot_count_(static_cast<std::int64_t>(bases.size())),
      batches_(pipeline_.batches_per_epoch()),
      slots_(std::make_unique<Slot[]>(bases.size())),
      cache_(BatchAssembler::make_cache(pipeline_, fields_)),
      seconds_before_(pipeline_.stages().size() + 1, 0.0) {
  if (batches_ < 1)
    throw BatchError("an epoch of " + std::to_string(pipeline_.samples_per_epoch()) +
                     " samples has no batch of " + std::to_string(pipeline_.batch_size()) +
                     " with Tail::drop; use a smaller batch or Tail::keep");
  for (std::size_t s = 0; s < bases.size(); ++s) {
    slots_[s].base = bases[s];
    slots_[s].rows.resize(static_cast<std::size_t>(pipeline_.largest_batch()));
  }
  if (pipeline_.stream()) {
    stream_.emplace(pipeline_);
  } else {
    order_.emplace(pipeline_);
  }
  const auto make_worker = [this] {
    return std::make_unique<Worker>(pipeline_, fields_, cache_.get());
  };
  consumer_ = make_worker();
  if (!threaded()) return;
  // If the system starts fewer threads than requested, those or the consumer do the work.
  for (int w = 0; w < pipeline_.workers(); ++w) workers_.push_back(make_worker());
  for (std::size_t w = 0; w < workers_.size(); ++w) {
    try {
      workers_[w]->thread = Thread([this, at = workers_[w].get()] { work(*at); });
    } catch (const ResourceError& error) {
      tell_of_missing_threads(error.what());
      workers_.resize(w);
      break;
    } catch (...) {
      interrupt(true);
      throw;
    }
  }
}

Loader::State::~State() {
  interrupt(true);
}

void Loader::State::interrupt(bool for_ever) {
  {
    const std::lock_guard lock(claims_);
    running_ = false;
    if (for_ever) stop_ = true;
  }
  notify_workers();
  if (!for_ever) return consumer_waits_.wait([&] { return busy_ == 0; });
  for (const auto& worker : workers_)
    if (worker->thread.joinable()) worker->thread.join();
}

void Loader::State::notify_workers() {
  if (!threaded()) return;
  for (const auto& worker : workers_) worker->waits.notify();
}

void Loader::State::start(const LoaderPosition& position) {
  started_ = false;
  interrupt(false);
  epoch_ = position.epoch;
  taken_ = first_ = position.batch;
  delivered_ = position.delivered;
  claimed_ = released_ = made_ = first_;
  for (std::int64_t s = 0; s < slot_count_; ++s) {
    slots_[static_cast<std::size_t>(s)].made = -1;
    slots_[static_cast<std::size_t>(s)].error = nullptr;
  }
  for (std::size_t i = 0; i < seconds_before_.size(); ++i) seconds_before_[i] = stage_seconds(i);
  workers_wait_before_ = workers_wait_seconds();
  wait_seconds_ = work_seconds_ = 0;
  helps_ = false;
  alone_ = false;
  ready_sum_ = 0;
  if (first_ < batches_) {
    const std::int64_t first_sample = first_ * pipeline_.batch_size();
    if (stream_) {
      stream_->start(epoch_, first_sample);
    } else {
      order_->start(epoch_, first_sample);
    }
  }
  started_ = true;
  {
    const std::lock_guard lock(claims_);
    running_ = true;
  }
  notify_workers();
  returned_ = Clock::now();
}

std::optional<std::int64_t> Loader::State::claim(Worker& worker) {
  const std::lock_guard lock(claims_);
  if (!claimable()) return {};
  const std::int64_t index = claimed_;
  ++busy_;
  ++claimed_;
  Slot& slot = slot_of(index);
  worker.activity.batch = index;
  const std::int64_t first = index * pipeline_.batch_size();
  const std::span<std::int64_t> rows(
      slot.rows.data(), static_cast<std::size_t>(std::min(pipeline_.batch_size(),
                                                          pipeline_.samples_per_epoch() - first)));
  slot.in_batch = rows;
  slot.error = nullptr;
  try {
    if (stream_) {
      worker.activity.stage = Activity::reading_stream;
      worker.assembler.read(*stream_, rows, slot.base);
    } else {
      order_->next(rows);
    }
  } catch (...) {
    slot.error = std::current_exception();
    claimed_ = batches_;  // the stream's position is now unknown
  }
  return index;
}

void Loader::State::make(Worker& worker, std::int64_t index) {
  Slot& slot = slot_of(index);
  try {
    if (!slot.error)
      worker.assembler.assemble(epoch_, index, slot.in_batch, slot.base, running_, worker.activity);
  } catch (...) {
    slot.error = std::current_exception();
  }
  worker.activity.stage = Activity::waiting;
  const auto seconds = worker.assembler.seconds();
  for (std::size_t i = 0; i < seconds.size(); ++i)
    worker.seconds[i].store(seconds[i], std::memory_order_relaxed);
  slot.made = index;
  ++made_;
  --busy_;
}

void Loader::State::work(Worker& worker) {
  while (true) {
    const Clock::time_point start = Clock::now();
    worker.waits.wait([&] { return stop_ || (claimable() && !alone_); });
    worker.wait_seconds.store(
        worker.wait_seconds.load(std::memory_order_relaxed) + seconds_between(start, Clock::now()),
        std::memory_order_relaxed);
    if (stop_) return;
    if (const auto index = claim(worker)) {
      make(worker, *index);
      consumer_waits_.notify();
    }
  }
}

void Loader::State::wait_for_batch(std::int64_t index) {
  const Slot& slot = slot_of(index);
  const auto ready = [&] { return slot.made == index; };
  double limit = pipeline_.description_->stall_seconds;
  double waited = 0;
  while (!consumer_waits_.wait_for(limit, ready)) {
    waited += limit;
    limit = waited;
    const std::string stages = describe_stages(index, waited);
    if (pipeline_.description_->stall_handler) {
      pipeline_.description_->stall_handler(stages);
    } else {
      std::fprintf(stderr, "foregraph: %s\n", stages.c_str());
    }
  }
}

/// Decides whether the consumer makes batches. It leaves slow ones to the workers, since it could
/// not report one that never arrives.
void Loader::State::find_mode() {
  constexpr double quick = 20e-6;  // seconds per batch
  constexpr double as_quick_as_handing_over = 8e-6;
  constexpr double nothing_to_do_meanwhile = 2e-6;
  const auto made = static_cast<double>(made_ - first_);
  if (stream_ || made < static_cast<double>(slot_count_)) return;
  double seconds = 0;
  for (std::size_t i = 0; i < seconds_before_.size(); ++i)
    seconds += stage_seconds(i) - seconds_before_[i];
  helps_ = seconds < quick * made;
  alone_ = seconds < as_quick_as_handing_over * made &&
           work_seconds_ < nothing_to_do_meanwhile * static_cast<double>(taken_ - first_);
}

bool Loader::State::next(Batch& batch) {
  if (!started_) throw UsageError("Loader::next: no epoch is running; call start_epoch() first");
  const Clock::time_point start = Clock::now();
  work_seconds_ += seconds_between(returned_, start);
  const std::int64_t index = taken_;
  if (index >= batches_) {
    started_ = false;
    released_ = index;
    return false;
  }
  Slot& slot = slot_of(index);
  if (threaded()) {
    ready_sum_ += made_ - index;
    released_ = index;
    find_mode();
    if (!alone_) notify_workers();
    while (slot.made != index && (helps_ || workers_.empty())) {
      const auto claimed = claim(*consumer_);
      if (!claimed) break;
      make(*consumer_, *claimed);
    }
    try {
      wait_for_batch(index);
    } catch (...) {
      started_ = false;
      throw;
    }
  } else {
    released_ = index;
    if (const auto claimed = claim(*consumer_)) make(*consumer_, *claimed);
  }
  if (slot.error) {
    started_ = false;
    std::rethrow_exception(std::exchange(slot.error, nullptr));
  }
  ++taken_;
  delivered_.add(slot.in_batch);
  batch.samples = static_cast<std::int64_t>(slot.in_batch.size());
  batch.size = pipeline_.tail() == Tail::pad ? pipeline_.batch_size() : batch.samples;
  batch.index = index;
  batch.slot = static_cast<int>(slot_number(index));
  batch.row_indices = slot.in_batch;
  batch.fields = fields_;
  batch.base = slot.base;
  returned_ = Clock::now();
  wait_seconds_ += seconds_between(start, returned_);
  return true;
}

LoaderStatistics Loader::State::statistics() const {
  LoaderStatistics result;
  result.batches = taken_ - first_;
  result.workers = static_cast<int>(workers_.size());
  result.slots = static_cast<int>(slot_count_) - 1;
  result.consumer_wait_seconds = wait_seconds_;
  result.consumer_work_seconds = work_seconds_;
  if (result.batches > 0)
    result.mean_batches_ready =
        static_cast<double>(ready_sum_) / static_cast<double>(result.batches);
  for (std::size_t i = 0; i < seconds_before_.size(); ++i)
    result.stages.push_back(
        {i == 0 ? "read" : pipeline_.stages()[i - 1].name, stage_seconds(i) - seconds_before_[i]});
  result.workers_wait_seconds = workers_wait_seconds() - workers_wait_before_;
  return result;
}

double Loader::State::stage_seconds(std::size_t stage) const {
  double seconds = consumer_->seconds[stage].load(std::memory_order_relaxed);
  for (const auto& worker : workers_)
    seconds += worker->seconds[stage].load(std::memory_order_relaxed);
  return seconds;
}

double Loader::State::workers_wait_seconds() const {
  double seconds = 0;
  for (const auto& worker : workers_)
    seconds += worker->wait_seconds.load(std::memory_order_relaxed);
  return seconds;
}

std::string Loader::State::describe_stages(std::int64_t index, double seconds) const {
  std::string text = "batch " + std::to_string(index) + " of epoch " + std::to_string(epoch_) +
                     " did not arrive within " + text::significant(seconds, 3) + " s; " +
                     std::to_string(std::max<std::int64_t>(0, made_ - index)) + " of " +
                     std::to_string(slot_count_ - 1) + " batches ahead are ready";
  for (std::size_t w = 0; w < workers_.size(); ++w) {
    const Activity& activity = workers_[w]->activity;
    const int stage = activity.stage;
    const std::string row = " row " + std::to_string(activity.row);
    text += "\n  worker " + std::to_string(w) + ": ";
    if (stage == Activity::waiting) {
      text += "is waiting for work";
      continue;
    }
    if (stage == Activity::reading_stream) {
      text += "is reading the stream";
    } else if (stage == Activity::reading) {
      text += "is reading from" + row;
    } else {
      text += "'" + pipeline_.stages()[static_cast<std::size_t>(stage)].name + "' on" + row;
    }
    text += ", batch " + std::to_string(activity.batch);
  }
  return text;
}

}  // namespace foregraph::data
