// Pipeline::own_bytes(): the memory of a pipeline besides its batches. Defined here because the
// loader takes most of it.
#include <algorithm>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/data/loader/batch_assembler.hpp>
#include <foregraph/detail/data/loader/stream_reader.hpp>
#include <foregraph/detail/data/pipeline/pipeline.hpp>
#include <foregraph/detail/graph/checked_size.hpp>

namespace foregraph::data {

Bytes Pipeline::own_bytes() const {
  const Description& d = *description_;
  const CheckedSize in_buffer = std::min(d.buffer, d.samples);
  CheckedSize bytes;
  if (d.order == Order::permuted)
    bytes += CheckedSize(d.samples) * (d.samples <= UINT32_MAX ? 4 : 8);
  if (d.order == Order::balanced) bytes += CheckedSize(d.samples) * 8;
  if (d.order == Order::buffered) bytes += in_buffer * 16;
  if (d.stream && d.order == Order::buffered)
    for (const FieldSpec& field : d.stream->fields()) bytes += in_buffer * in_place_bytes(field);
  const CheckedSize slots = CheckedSize(prefetch_depth()) + 1;
  bytes += slots * largest_batch() * 8;                               // row numbers of the slots
  const int assemblers = 1 + (prefetch_depth() > 0 ? workers() : 0);  // plus the consumer's
  bytes += BatchAssembler::own_bytes(*this) * assemblers;
  if (d.cached) bytes += CheckedSize(d.samples) * BatchAssembler::cached_row_bytes(*this);
  if (!bytes.fits())
    throw BudgetError(
        "the order, buffers and cache of this pipeline do not fit in memory: an epoch has " +
        std::to_string(samples_per_epoch()) + " samples, the batch " +
        std::to_string(largest_batch()) + ", and " + std::to_string(prefetch_depth()) +
        " batches are prefetched; reduce these numbers");
  return Bytes{bytes.value()};
}

}  // namespace foregraph::data
