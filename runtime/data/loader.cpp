#include <foregraph/graph/error.hpp>
#include <foregraph/planner/placement.hpp>
#include <foregraph/runtime/arena.hpp>
#include <foregraph/runtime/data/loader.hpp>
#include <string>
#include <utility>

#include "loader_state.hpp"

namespace foregraph {
namespace {

std::int64_t slot_bytes(const Pipeline& pipeline, std::span<const SlotField> fields) {
  const SlotField& last = fields.back();
  const std::int64_t row_bytes =
      last.field_index == mask_field ? 4 : pipeline.fields()[last.field_index].row_bytes();
  return last.offset_bytes + align_up(row_bytes * pipeline.largest_batch());
}

}  // namespace

std::vector<SlotField> all_fields_of(const Pipeline& pipeline) {
  std::vector<SlotField> fields;
  std::int64_t offset = 0;
  for (std::size_t i = 0; i < pipeline.fields().size(); ++i) {
    fields.push_back({i, offset});
    offset += align_up(pipeline.fields()[i].row_bytes() * pipeline.largest_batch());
  }
  if (pipeline.tail() == Tail::pad) fields.push_back({mask_field, offset});
  return fields;
}

Loader::Loader(Pipeline pipeline) {
  std::vector<SlotField> fields = all_fields_of(pipeline);
  const std::int64_t bytes = slot_bytes(pipeline, fields);
  const std::int64_t slots = pipeline.prefetch_depth() + 1;
  Arena own(static_cast<std::size_t>(slots * bytes));
  std::vector<std::byte*> bases;
  for (std::int64_t s = 0; s < slots; ++s) bases.push_back(own.data() + s * bytes);
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
    if (field.field_index >= pipeline.fields().size() && field.field_index != mask_field)
      throw UsageError("Loader: there is no field " + std::to_string(field.field_index) +
                       "; the data set has " + std::to_string(pipeline.fields().size()));
  state_ = std::make_unique<State>(std::move(pipeline), std::move(fields), std::move(slot_bases),
                                   Arena());
}

Loader::~Loader() = default;
Loader::Loader(Loader&&) noexcept = default;
Loader& Loader::operator=(Loader&&) noexcept = default;

void Loader::start_epoch(std::int64_t epoch) {
  state_->start({.epoch = epoch});
}

void Loader::resume(const LoaderPosition& position) {
  const std::int64_t batches = pipeline().batches_per_epoch();
  if (position.batch < 0 || position.batch > batches)
    throw UsageError("Loader::resume: batch " + std::to_string(position.batch) +
                     " of an epoch that has " + std::to_string(batches) +
                     "; the pipeline is not the one whose position this is");
  state_->start(position);
}

bool Loader::next(Batch& batch) {
  return state_->next(batch);
}
LoaderPosition Loader::position() const {
  return state_->position();
}
LoaderStatistics Loader::statistics() const {
  return state_->statistics();
}

Delivery Loader::whole_epoch(const Pipeline& pipeline, std::int64_t epoch) {
  if (pipeline.stream())
    throw UsageError("Loader::whole_epoch: a stream has no order of its own to look at");
  EpochOrder order(pipeline);
  order.start(epoch);
  std::int64_t left = pipeline.samples_per_epoch();
  if (pipeline.tail() == Tail::drop) left = pipeline.batches_per_epoch() * pipeline.batch_size();
  Delivery delivery;
  std::vector<std::int64_t> rows(1024);
  for (; left > 0; left -= static_cast<std::int64_t>(rows.size())) {
    rows.resize(static_cast<std::size_t>(std::min<std::int64_t>(left, 1024)));
    order.next(rows);
    delivery.add(rows);
  }
  return delivery;
}

const Pipeline& Loader::pipeline() const {
  return state_->pipeline();
}
std::span<const SlotField> Loader::fields() const {
  return state_->fields();
}

}  // namespace foregraph
