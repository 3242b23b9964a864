#include <foregraph/detail/data/dataset/row_reader.hpp>

#include <cstring>

#include <foregraph/detail/data/dataset/dataset_state.hpp>

namespace foregraph::data {
namespace {

/// Number of rows prefetched ahead of the copy. Rows may lie anywhere in memory, so the hardware
/// prefetcher cannot predict them.
constexpr std::size_t ahead = 8;

template <std::int64_t Bytes>
void copy_rows(std::span<const std::int64_t> rows, RowsInMemory from, std::byte* to) {
  for (std::size_t i = 0; i < rows.size(); ++i)
    std::memcpy(to + static_cast<std::int64_t>(i) * Bytes, from.first + rows[i] * from.stride_bytes,
                Bytes);
}

void copy_rows(std::span<const std::int64_t> rows, RowsInMemory from, std::int64_t bytes,
               std::byte* to) {
  const auto row_bytes = static_cast<std::size_t>(bytes);
  const std::int64_t last = static_cast<std::int64_t>(rows.size()) - 1;
  bool one_after_another = from.stride_bytes == bytes && rows.back() - rows.front() == last;
  for (std::size_t i = 1; i < rows.size() && one_after_another; ++i)
    one_after_another = rows[i] == rows[i - 1] + 1;
  if (one_after_another) {
    std::memcpy(to, from.first + rows.front() * bytes, rows.size() * row_bytes);
    return;
  }
  if (bytes == 4) return copy_rows<4>(rows, from, to);
  if (bytes == 8) return copy_rows<8>(rows, from, to);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (i + ahead < rows.size()) {
      const std::byte* next = from.first + rows[i + ahead] * from.stride_bytes;
      for (std::int64_t line = 0; line < bytes && line < 512; line += 64)
        __builtin_prefetch(next + line);
    }
    std::memcpy(to + static_cast<std::int64_t>(i) * bytes, from.first + rows[i] * from.stride_bytes,
                row_bytes);
  }
}

}  // namespace

RowReader::RowReader(const Dataset& dataset, std::int64_t most_rows)
    : dataset_(dataset),
      selected_(static_cast<std::size_t>(most_rows)),
      wanted_(dataset.fields().size(), nullptr) {}

CheckedSize RowReader::bytes_per_reader(const Dataset& dataset) {
  CheckedSize bytes;
  for (const Dataset::State::Part& part : dataset.state_->parts)
    bytes += part.source->bytes_per_reader();
  return bytes;
}

void RowReader::read(std::span<const std::int64_t> rows, std::span<std::byte* const> to) {
  if (rows.empty()) return;
  for (const Dataset::State::Part& part : dataset_.state_->parts) {
    std::span<const std::int64_t> selected = rows;
    if (part.selection.rows || part.selection.first != 0) {
      for (std::size_t i = 0; i < rows.size(); ++i) selected_[i] = part.selection(rows[i]);
      selected = {selected_.data(), rows.size()};
    }
    bool any_to_read = false;
    for (std::size_t i = 0; i < part.in_memory.size(); ++i) {
      const std::size_t field = part.first_field + i;
      const bool in_memory = part.in_memory[i].first != nullptr;
      wanted_[i] = in_memory ? nullptr : to[field];
      any_to_read = any_to_read || wanted_[i] != nullptr;
      if (in_memory && to[field] != nullptr)
        copy_rows(selected, part.in_memory[i], dataset_.state_->specs[field].row_bytes(),
                  to[field]);
    }
    if (any_to_read) part.source->read_rows(selected, {wanted_.data(), part.in_memory.size()});
  }
}

}  // namespace foregraph::data
