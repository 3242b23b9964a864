#include "batch_assembler.hpp"

#include <algorithm>
#include <cstring>
#include <foregraph/runtime/data/permutation.hpp>
#include <numeric>

namespace foregraph {
namespace {

/// Rows are fetched this many ahead of the copy: they lie anywhere in memory, and the hardware
/// cannot guess where.
constexpr std::size_t ahead = 8;

template <std::int64_t Bytes>
void copy_rows(std::span<const std::int64_t> rows, const std::byte* from, std::byte* to) {
  for (std::size_t i = 0; i < rows.size(); ++i)
    std::memcpy(to + static_cast<std::int64_t>(i) * Bytes, from + rows[i] * Bytes, Bytes);
}

}  // namespace

BatchAssembler::BatchAssembler(const Pipeline& pipeline, std::vector<SlotField> fields)
    : pipeline_(pipeline),
      fields_(std::move(fields)),
      order_(static_cast<std::size_t>(pipeline.dataset().size())),
      writable_(pipeline.dataset().fields().size(), nullptr) {
  std::iota(order_.begin(), order_.end(), std::int64_t{0});
}

void BatchAssembler::start_epoch(std::int64_t epoch) {
  epoch_ = epoch;
  if (pipeline_.seed()) permute(order_, *pipeline_.seed(), static_cast<std::uint64_t>(epoch));
}

void BatchAssembler::gather(std::span<const std::int64_t> rows, const SlotField& field,
                            std::byte* base) const {
  const std::int64_t bytes = pipeline_.dataset().fields()[field.field_index].row_bytes();
  const std::byte* from = pipeline_.dataset().data(field.field_index);
  std::byte* to = base + field.offset_bytes;
  if (!pipeline_.shuffled()) {
    std::memcpy(to, from + rows.front() * bytes, rows.size() * static_cast<std::size_t>(bytes));
    return;
  }
  if (bytes == 4) return copy_rows<4>(rows, from, to);
  if (bytes == 8) return copy_rows<8>(rows, from, to);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (i + ahead < rows.size()) {
      const std::byte* next = from + rows[i + ahead] * bytes;
      for (std::int64_t line = 0; line < bytes && line < 512; line += 64)
        __builtin_prefetch(next + line);
    }
    std::memcpy(to + static_cast<std::int64_t>(i) * bytes, from + rows[i] * bytes,
                static_cast<std::size_t>(bytes));
  }
}

std::span<const std::int64_t> BatchAssembler::assemble(std::int64_t index, std::byte* base,
                                                       const std::atomic<bool>& interrupted) {
  const std::int64_t first = index * pipeline_.batch_size();
  const std::int64_t count = std::min(pipeline_.batch_size(), pipeline_.dataset().size() - first);
  const std::span<const std::int64_t> rows(order_.data() + first, static_cast<std::size_t>(count));
  for (const SlotField& field : fields_) gather(rows, field, base);
  if (pipeline_.transforms().empty()) return rows;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    for (const SlotField& field : fields_)
      writable_[field.field_index] =
          base + field.offset_bytes +
          static_cast<std::int64_t>(i) *
              pipeline_.dataset().fields()[field.field_index].row_bytes();
    Sample sample(pipeline_.dataset(), writable_, rows[i], epoch_, pipeline_.seed().value_or(0));
    for (const Transform& transform : pipeline_.transforms()) {
      if (interrupted) return rows;
      transform(sample);
    }
  }
  return rows;
}

}  // namespace foregraph
