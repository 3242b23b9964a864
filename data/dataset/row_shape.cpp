#include <algorithm>
#include <cstring>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/data/dataset/row_shape.hpp>
#include <foregraph/detail/graph/checked_size.hpp>
#include <utility>

namespace foregraph::data {
namespace {

std::vector<std::int64_t> without_ones(std::span<const std::int64_t> shape) {
  std::vector<std::int64_t> result;
  for (const std::int64_t size : shape)
    if (size != 1) result.push_back(size);
  return result;
}

void check_axes(const FieldSpec& from, const std::vector<std::int64_t>& axes) {
  std::vector<std::int64_t> sorted = axes;
  std::ranges::sort(sorted);
  bool each_once = sorted.size() == from.row_shape.size();
  for (std::size_t i = 0; i < sorted.size() && each_once; ++i)
    each_once = sorted[i] == static_cast<std::int64_t>(i);
  if (each_once) return;
  throw UsageError("permute: the axes for field '" + from.name + "' are " + row_shape_text(axes) +
                   ", expected each axis of its rows of " + row_shape_text(from.row_shape) +
                   " once, from 0 to " + std::to_string(from.row_shape.size()) + " - 1");
}

}  // namespace

std::string row_shape_text(std::span<const std::int64_t> row_shape) {
  std::string text = "{";
  for (const std::int64_t size : row_shape)
    text += (text.size() > 1 ? ", " : "") + std::to_string(size);
  return text + "}";
}

void check_row_shape(std::string_view where, const FieldSpec& spec) {
  CheckedSize bytes = bytes_per_element(spec.dtype);
  for (const std::int64_t size : spec.row_shape) {
    bytes *= size;
    if (size < 1 || !bytes.fits())
      throw DataError(std::string(where) + "field '" + spec.name +
                      "': a dimension of its row shape " + row_shape_text(spec.row_shape) + " is " +
                      std::to_string(size) + ", expected positive sizes that fit in memory");
  }
}

bool same_layout(std::span<const std::int64_t> a, std::span<const std::int64_t> b) {
  return without_ones(a) == without_ones(b);
}

std::optional<std::vector<std::int64_t>> axes_between(std::span<const std::int64_t> from,
                                                      std::span<const std::int64_t> to) {
  std::vector<std::int64_t> axes;
  std::vector<char> used(from.size(), 0);
  const auto take = [&](std::int64_t size) {
    for (std::size_t axis = 0; axis < from.size(); ++axis) {
      if (used[axis] != 0 || from[axis] != size) continue;
      used[axis] = 1;
      axes.push_back(static_cast<std::int64_t>(axis));
      return true;
    }
    return false;
  };
  for (const std::int64_t size : to)
    if (!take(size) && size != 1) return std::nullopt;
  while (take(1)) continue;
  if (axes.size() != from.size()) return std::nullopt;
  return axes;
}

RowPermutation::RowPermutation(const FieldSpec& from, std::vector<std::int64_t> axes)
    : result_{from.name, from.dtype, {}} {
  check_axes(from, axes);
  std::vector<std::int64_t> steps(from.row_shape.size(), 1);
  for (std::size_t axis = steps.size(); axis-- > 1;)
    steps[axis - 1] = steps[axis] * from.row_shape[axis];
  for (const std::int64_t axis : axes) {
    const auto at = static_cast<std::size_t>(axis);
    const Axis next{from.row_shape[at], steps[at]};
    result_.row_shape.push_back(next.size);
    if (next.size == 1) continue;
    if (!outer_.empty() && outer_.back().step == next.size * next.step)
      outer_.back() = {outer_.back().size * next.size, next.step};
    else
      outer_.push_back(next);
  }
  for (Axis* const last : {&columns_, &rows_}) {
    if (outer_.empty()) continue;
    *last = outer_.back();
    outer_.pop_back();
  }
}

template <class Element>
void RowPermutation::copy(const std::byte* from, std::byte* to) const {
  constexpr auto bytes = static_cast<std::int64_t>(sizeof(Element));
  std::int64_t count = 1;
  for (const Axis& axis : outer_) count *= axis.size;
  for (std::int64_t i = 0; i < count; ++i) {
    std::int64_t first = 0;
    std::int64_t rest = i;
    for (auto axis = outer_.rbegin(); axis != outer_.rend(); ++axis) {
      first += rest % axis->size * axis->step;
      rest /= axis->size;
    }
    for (std::int64_t r = 0; r < rows_.size; ++r)
      for (std::int64_t c = 0; c < columns_.size; ++c, to += bytes)
        std::memcpy(to, from + (first + r * rows_.step + c * columns_.step) * bytes, bytes);
  }
}

void RowPermutation::operator()(const std::byte* from, std::byte* to) const {
  switch (bytes_per_element(result_.dtype)) {
    case 1:
      return copy<std::uint8_t>(from, to);
    case 4:
      return copy<std::uint32_t>(from, to);
    default:
      return copy<std::uint64_t>(from, to);
  }
}

FieldSpec reshaped(const FieldSpec& from, std::vector<std::int64_t> row_shape) {
  FieldSpec result{from.name, from.dtype, std::move(row_shape)};
  check_row_shape("reshape: ", result);
  if (result.row_elements() != from.row_elements())
    throw UsageError("reshape: the rows of field '" + from.name + "' are " +
                     row_shape_text(from.row_shape) + ", " + std::to_string(from.row_elements()) +
                     " values, and cannot become " + row_shape_text(result.row_shape) + ", " +
                     std::to_string(result.row_elements()) + " values");
  return result;
}

}  // namespace foregraph::data
