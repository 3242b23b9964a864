#include <foregraph/detail/data/loader/batch_assembler.hpp>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <foregraph/detail/planner/packing/placement.hpp>
#include <utility>

namespace foregraph::data {
namespace {

/// Small enough to stay in the cache, large enough that reading the clock per stage costs nothing.
constexpr std::int64_t usual_block_rows = 16;

class Stopwatch {
 public:
  /// Returns the seconds since the last lap or the start.
  double lap() {
    const auto now = std::chrono::steady_clock::now();
    const double seconds = std::chrono::duration<double>(now - last_).count();
    last_ = now;
    return seconds;
  }

 private:
  std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

/// Returns align_up() of a size that may not fit.
CheckedSize aligned(CheckedSize bytes) {
  if ((bytes + alignment_bytes).fits()) return align_up(bytes.value());
  return bytes + alignment_bytes;
}

}  // namespace

std::int64_t BatchAssembler::rows_of_block(const Pipeline& pipeline) {
  // A stream is read one batch at a time, since another worker continues from there.
  if (pipeline.stream()) return pipeline.largest_batch();
  return std::min(usual_block_rows, pipeline.largest_batch());
}

std::vector<BatchAssembler::Track> BatchAssembler::tracks_of(const Pipeline& pipeline,
                                                             std::span<const SlotField> fields) {
  const std::span<const FieldSpec> read =
      pipeline.stream() ? pipeline.stream()->fields() : pipeline.dataset().fields();
  std::vector<Track> tracks;
  for (const SlotField& field : fields) {
    if (field.field_index == mask_field) continue;
    Track track{.field = field.field_index, .slot_offset = field.offset_bytes};
    track.versions.push_back(read[field.field_index]);
    for (const SampleStage& stage : pipeline.stages()) {
      track.at_stage.push_back(track.versions.size() - 1);
      if (stage.field && stage.field->name == track.versions.back().name)
        track.versions.push_back(*stage.field);
    }
    track.at_stage.push_back(track.versions.size() - 1);
    tracks.push_back(std::move(track));
  }
  return tracks;
}

CheckedSize BatchAssembler::own_bytes(const Pipeline& pipeline) {
  CheckedSize bytes = CheckedSize(pipeline.largest_batch()) * 8;  // for the reader
  bytes += RowReader::bytes_per_reader(pipeline.dataset());
  const std::vector<SlotField> fields = all_fields_of(pipeline);
  for (const Track& track : tracks_of(pipeline, fields))
    for (std::size_t v = 0; v + 1 < track.versions.size(); ++v)
      bytes += aligned(CheckedSize(rows_of_block(pipeline)) * track.versions[v].row_bytes());
  return bytes;
}

std::int64_t BatchAssembler::cached_row_bytes(const Pipeline& pipeline) {
  std::int64_t bytes = 1;  // the row's state
  const std::vector<SlotField> fields = all_fields_of(pipeline);
  for (const Track& track : tracks_of(pipeline, fields))
    bytes += track.versions[track.at_stage[*pipeline.description_->cached]].row_bytes();
  return bytes;
}

std::unique_ptr<RowCache> BatchAssembler::make_cache(const Pipeline& pipeline,
                                                     std::span<const SlotField> fields) {
  if (!pipeline.description_->cached) return nullptr;
  std::vector<std::int64_t> bytes;
  for (const Track& track : tracks_of(pipeline, fields))
    bytes.push_back(track.versions[track.at_stage[*pipeline.description_->cached]].row_bytes());
  return std::make_unique<RowCache>(pipeline.dataset().size(), std::move(bytes));
}

BatchAssembler::BatchAssembler(const Pipeline& pipeline, std::vector<SlotField> fields,
                               RowCache* cache)
    : pipeline_(pipeline),
      fields_(std::move(fields)),
      tracks_(tracks_of(pipeline, fields_)),
      block_rows_(rows_of_block(pipeline)),
      reader_(pipeline.dataset(), pipeline.largest_batch()),
      cache_(cache),
      targets_(pipeline.fields().size(), nullptr),
      located_(tracks_.size(), nullptr),
      current_(pipeline.fields().size()),
      seconds_(pipeline.stages().size() + 1, 0.0) {
  std::int64_t bytes = 0;
  for (const Track& track : tracks_)
    for (std::size_t v = 0; v + 1 < track.versions.size(); ++v)
      bytes += align_up(block_rows_ * track.versions[v].row_bytes());
  scratch_ = Arena(static_cast<std::size_t>(bytes));
  std::byte* next = scratch_.data();
  for (Track& track : tracks_)
    for (std::size_t v = 0; v + 1 < track.versions.size(); ++v) {
      track.scratch.push_back(next);
      next += align_up(block_rows_ * track.versions[v].row_bytes());
    }
}

void BatchAssembler::read(StreamReader& stream, std::span<std::int64_t> rows, std::byte* base) {
  Stopwatch watch;
  const Block block{.base = base};
  for (const Track& track : tracks_)
    targets_[track.field] = track.at(0, 0, slot_rows(track, block));
  stream.next(rows, targets_);
  seconds_[0] += watch.lap();
}

void BatchAssembler::read_block(const Block& block) {
  for (const Track& track : tracks_)
    targets_[track.field] = track.at(0, 0, slot_rows(track, block));
  reader_.read(block.rows, targets_);
}

void BatchAssembler::locate(const Block& block, std::size_t stage, std::int64_t row) {
  for (std::size_t t = 0; t < tracks_.size(); ++t) {
    const Track& track = tracks_[t];
    const std::size_t version = track.at_stage[stage];
    located_[t] = track.at(version, row, slot_rows(track, block));
    current_[track.field] = {&track.versions[version], located_[t]};
  }
}

void BatchAssembler::read_and_cache(const Block& block, const std::atomic<bool>& running,
                                    Activity& activity) {
  const std::size_t cached = *pipeline_.description_->cached;
  Stopwatch watch;
  for (std::size_t i = 0; i < block.rows.size() && running; ++i) {
    const auto row = static_cast<std::int64_t>(i);
    locate(block, cached, row);
    if (cache_->load(block.rows[i], located_)) continue;
    activity.stage = Activity::reading;
    activity.row = block.rows[i];
    for (const Track& track : tracks_)
      targets_[track.field] = track.at(0, row, slot_rows(track, block));
    reader_.read(block.rows.subspan(i, 1), targets_);
    seconds_[0] += watch.lap();
    run_stages(block, 0, cached, row, 1, running, activity);
    if (!running) return;
    locate(block, cached, row);
    cache_->store(block.rows[i], located_);
    watch.lap();
  }
  seconds_[0] += watch.lap();
}

void BatchAssembler::run_stages(const Block& block, std::size_t first, std::size_t last,
                                std::int64_t first_row, std::int64_t rows,
                                const std::atomic<bool>& running, Activity& activity) {
  const std::span<const SampleStage> stages = pipeline_.stages();
  Sample sample;
  if (!pipeline_.stream()) sample.dataset_ = &pipeline_.dataset();
  sample.current_ = current_;
  sample.others_ = &others_;
  sample.epoch_ = epoch_;
  const std::int64_t pass_length = pipeline_.samples_per_pass();
  sample.seed_ = pipeline_.seed().value_or(0);
  Stopwatch watch;
  for (std::size_t s = first; s < last; ++s) {
    const SampleStage& stage = stages[s];
    const Track* converted = nullptr;
    for (const Track& track : tracks_)
      if (track.at_stage[s] != track.at_stage[s + 1]) converted = &track;
    if (!stage.change && converted == nullptr) continue;  // the field is not in the batch
    activity.stage = static_cast<int>(s);
    sample.before_cache_ = s < pipeline_.description_->cached.value_or(0);
    for (std::int64_t i = first_row; i < first_row + rows; ++i) {
      if (!running) return;
      sample.row_ = block.rows[static_cast<std::size_t>(i)];
      activity.row.store(sample.row_, std::memory_order_relaxed);
      const std::int64_t position = batch_position_ + block.first_in_batch + i;
      sample.pass_ = epoch_ * pipeline_.description_->repeat + position / pass_length;
      sample.random_index_ = pipeline_.class_balanced() ? position : sample.row_;
      locate(block, s, i);
      if (stage.change) {
        stage.change(sample);
        continue;
      }
      const std::size_t version = converted->at_stage[s];
      const FieldSpec& to = converted->versions[version + 1];
      stage.convert(sample,
                    {current_[converted->field].data,
                     static_cast<std::size_t>(converted->versions[version].row_bytes())},
                    {converted->at(version + 1, i, slot_rows(*converted, block)),
                     static_cast<std::size_t>(to.row_bytes())});
    }
    seconds_[s + 1] += watch.lap();
  }
}

void BatchAssembler::fill_up(std::int64_t samples, std::byte* base) const {
  const std::int64_t size = pipeline_.batch_size();
  for (const Track& track : tracks_) {
    const std::int64_t bytes = track.versions.back().row_bytes();
    const std::byte* last = base + track.slot_offset + (samples - 1) * bytes;
    for (std::int64_t i = samples; i < size; ++i)
      std::memcpy(base + track.slot_offset + i * bytes, last, static_cast<std::size_t>(bytes));
  }
}

void BatchAssembler::assemble(std::int64_t epoch, std::int64_t index,
                              std::span<const std::int64_t> rows, std::byte* base,
                              const std::atomic<bool>& running, Activity& activity) {
  epoch_ = epoch;
  batch_position_ = index * pipeline_.batch_size();
  const std::size_t stages = pipeline_.stages().size();
  const auto count = static_cast<std::int64_t>(rows.size());
  // Without stages, the batch is read as a whole so that rows are prefetched far ahead.
  const std::int64_t block_rows = stages == 0 && cache_ == nullptr ? count : block_rows_;
  for (std::int64_t first = 0; first < count && running; first += block_rows) {
    const std::int64_t block_count = std::min(block_rows, count - first);
    const Block block{
        rows.subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(block_count)), first,
        base};
    std::size_t done = 0;
    if (cache_ != nullptr) {
      read_and_cache(block, running, activity);
      done = *pipeline_.description_->cached;
    } else if (!pipeline_.stream()) {
      Stopwatch watch;
      activity.stage = Activity::reading;
      activity.row.store(block.rows.front(), std::memory_order_relaxed);
      read_block(block);
      seconds_[0] += watch.lap();
    }
    run_stages(block, done, stages, 0, block_count, running, activity);
  }
  if (pipeline_.tail() == Tail::pad && count < pipeline_.batch_size()) fill_up(count, base);
  for (const SlotField& field : fields_) {
    if (field.field_index != mask_field) continue;
    auto* mask = reinterpret_cast<float*>(base + field.offset_bytes);
    const std::int64_t size = pipeline_.tail() == Tail::pad ? pipeline_.batch_size() : count;
    for (std::int64_t i = 0; i < size; ++i) mask[i] = i < count ? 1.0F : 0.0F;
  }
}

}  // namespace foregraph::data
