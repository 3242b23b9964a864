#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/base/system/arena.hpp>
#include <foregraph/detail/base/system/machine_memory.hpp>
#include <foregraph/detail/data/loader/loader.hpp>
#include <foregraph/detail/graph/checked_size.hpp>
#include <foregraph/detail/planner/packing/placement.hpp>
#include <new>
#include <stdexcept>
#include <string>
#include <utility>

#include <foregraph/detail/data/loader/loader_state.hpp>

namespace foregraph::data {
namespace {

/// Returns the bytes of all rows of a field in a slot.
std::int64_t field_bytes(const Pipeline& pipeline, std::int64_t row_bytes) {
  const CheckedSize bytes = CheckedSize(pipeline.largest_batch()) * row_bytes;
  if (!(bytes + alignment_bytes).fits())
    throw BatchError("a batch of " + std::to_string(pipeline.largest_batch()) + " samples of " +
                     std::to_string(row_bytes) +
                     " bytes does not fit in memory; use a smaller batch");
  return align_up(bytes.value());
}

[[noreturn]] void refuse_size(const Pipeline& pipeline, const std::string& why) {
  throw BudgetError("a loader of " + std::to_string(pipeline.prefetch_depth() + 1) +
                    " slots for batches of " + std::to_string(pipeline.largest_batch()) +
                    " samples needs more memory than is available: " + why +
                    "; use a smaller batch, prefetch fewer batches, or leave out cache()");
}

/// Returns the bytes of a slot. Large loaders are refused before they allocate unavailable memory.
std::int64_t slot_bytes(const Pipeline& pipeline, std::span<const SlotField> fields) {
  constexpr std::int64_t large = std::int64_t{1} << 30;
  const SlotField& last = fields.back();
  const std::int64_t row_bytes =
      last.field_index == mask_field ? 4 : pipeline.fields()[last.field_index].row_bytes();
  const CheckedSize slot = CheckedSize(last.offset_bytes) + field_bytes(pipeline, row_bytes);
  const CheckedSize all =
      slot * (CheckedSize(pipeline.prefetch_depth()) + 1) + pipeline.own_bytes().count;
  if (!all.fits()) refuse_size(pipeline, "more than 2^63 bytes");
  if (all.value() > large) {
    const MachineMemory machine = machine_memory();
    if (machine.budget && Bytes{all.value()} > *machine.budget)
      refuse_size(pipeline, to_string(Bytes{all.value()}) + ", with " + to_string(*machine.budget) +
                                " left (" + describe(machine) + ")");
  }
  return slot.value();
}

void check_epoch(const Pipeline& pipeline, std::int64_t epoch, const char* who) {
  // Passes are numbered consecutively over all epochs.
  if (epoch >= 0 && ((CheckedSize(epoch) + 1) * pipeline.passes_per_epoch()).fits()) return;
  throw UsageError(std::string(who) + ": epoch " + std::to_string(epoch) + " of " +
                   std::to_string(pipeline.passes_per_epoch()) +
                   (pipeline.passes_per_epoch() == 1 ? " pass" : " passes") +
                   ", expected 0 or more and fewer than 2^63 passes in total");
}

/// Calls `make`, which allocates.
template <class Make>
auto with_memory(const Pipeline& pipeline, const Make& make) {
  try {
    return make();
  } catch (const std::bad_alloc&) {
    refuse_size(pipeline, "the system refused to allocate it");
  } catch (const std::length_error&) {
    refuse_size(pipeline, "the system refused to allocate it");
  }
}

}  // namespace

std::vector<SlotField> all_fields_of(const Pipeline& pipeline) {
  std::vector<SlotField> fields;
  CheckedSize offset;
  for (std::size_t i = 0; i < pipeline.fields().size(); ++i) {
    fields.push_back({i, offset.value()});
    offset += field_bytes(pipeline, pipeline.fields()[i].row_bytes());
  }
  if (!offset.fits())
    throw BatchError("a batch of " + std::to_string(pipeline.largest_batch()) +
                     " samples with all its fields does not fit in memory; use a smaller batch");
  if (pipeline.tail() == Tail::pad) fields.push_back({mask_field, offset.value()});
  return fields;
}

Loader::Loader(Pipeline pipeline) {
  std::vector<SlotField> fields = all_fields_of(pipeline);
  const std::int64_t bytes = slot_bytes(pipeline, fields);
  const std::int64_t slots = std::int64_t{pipeline.prefetch_depth()} + 1;
  state_ = with_memory(pipeline, [&] {
    Arena own(static_cast<std::size_t>(slots * bytes));
    std::vector<std::byte*> bases;
    for (std::int64_t s = 0; s < slots; ++s) bases.push_back(own.data() + s * bytes);
    return std::make_unique<State>(pipeline, std::move(fields), std::move(bases), std::move(own));
  });
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
  state_ = with_memory(pipeline, [&] {
    return std::make_unique<State>(pipeline, std::move(fields), std::move(slot_bases), Arena());
  });
}

Loader::~Loader() = default;
Loader::Loader(Loader&&) noexcept = default;
Loader& Loader::operator=(Loader&&) noexcept = default;

void Loader::start_epoch(std::int64_t epoch) {
  check_epoch(pipeline(), epoch, "Loader::start_epoch");
  state_->start({.epoch = epoch});
}

void Loader::resume(const LoaderPosition& position) {
  check_epoch(pipeline(), position.epoch, "Loader::resume");
  const std::int64_t batches = pipeline().batches_per_epoch();
  if (position.batch < 0 || position.batch > batches)
    throw UsageError("Loader::resume: batch " + std::to_string(position.batch) +
                     " of an epoch of " + std::to_string(batches) +
                     "; the position belongs to another pipeline");
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
  if (pipeline.stream()) throw UsageError("Loader::whole_epoch: a stream has no known order");
  check_epoch(pipeline, epoch, "Loader::whole_epoch");
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

Loader::Found Loader::find(std::string_view name, DType asked) const {
  const std::span<const SlotField> slots = fields();
  std::string known;
  for (std::size_t i = 0; i < slots.size(); ++i) {
    const bool is_mask = slots[i].field_index == mask_field;
    const FieldSpec* spec = is_mask ? nullptr : &pipeline().fields()[slots[i].field_index];
    const std::string_view each = is_mask ? std::string_view("mask") : spec->name;
    known += (known.empty() ? "'" : ", '") + std::string(each) + "'";
    if (each != name) continue;
    const DType dtype = is_mask ? f32 : spec->dtype;
    if (dtype != asked)
      throw UsageError("field '" + std::string(name) + "' of the batch is " +
                       std::string(name_of(dtype)) + ", but was requested as " +
                       std::string(name_of(asked)));
    if (is_mask) return {i};
    return {i, spec->row_elements(), spec->row_shape};
  }
  throw UsageError("the batch has no field '" + std::string(name) + "'; it has " +
                   (known.empty() ? "none" : known));
}

}  // namespace foregraph::data
