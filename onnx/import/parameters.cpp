#include <algorithm>
#include <array>
#include <cstring>
#include <foregraph/detail/onnx/format/elements.hpp>
#include <foregraph/detail/onnx/import/parameters.hpp>

namespace foregraph::onnx {
namespace {

template <class T>
void write_constant(const Constant& constant, std::span<std::byte> elements,
                    const Arrangement& arrangement) {
  const std::size_t count = elements.size() / sizeof(T);
  for (std::size_t i = 0; i < count; ++i) {
    const auto value = static_cast<T>(constant.at(static_cast<std::int64_t>(i)).constant);
    std::int64_t to = 0;
    arrangement.indices(static_cast<std::int64_t>(i), {&to, 1});
    std::memcpy(elements.data() + static_cast<std::size_t>(to) * sizeof(T), &value, sizeof(T));
  }
}

}  // namespace

bool Arrangement::is_plain() const {
  int previous = -1;
  for (std::size_t i = 0; i < axes.size(); ++i) {
    if (view[static_cast<std::size_t>(axes[i])] == 1) continue;
    if (axes[i] < previous) return false;
    previous = axes[i];
  }
  return true;
}

void Arrangement::indices(std::int64_t first, std::span<std::int64_t> indices) const {
  const std::size_t rank = view.size();
  // Distance of neighbours along an axis of the view, in the variable; and where `first` is.
  std::array<std::int64_t, most_dims> stride{};
  std::array<std::int64_t, most_dims> at{};
  std::int64_t step = 1;
  for (std::size_t i = axes.size(); i-- > 0; step *= view[static_cast<std::size_t>(axes[i])])
    stride[static_cast<std::size_t>(axes[i])] = step;
  std::int64_t index = 0;
  for (std::size_t i = rank; i-- > 0; first /= view[i]) {
    at[i] = first % view[i];
    index += at[i] * stride[i];
  }
  for (std::int64_t& each : indices) {
    each = index;
    for (std::size_t i = rank; i-- > 0;) {
      index += stride[i];
      if (++at[i] < view[i]) break;
      index -= view[i] * stride[i];
      at[i] = 0;
    }
  }
}

std::int64_t FileValues::add(const FileTensor& tensor, const Arrangement& arrangement) {
  entries_.push_back({&tensor, {}, arrangement});
  return static_cast<std::int64_t>(entries_.size()) - 1;
}
std::int64_t FileValues::add(const Constant& constant, const Arrangement& arrangement) {
  entries_.push_back({nullptr, constant, arrangement});
  return static_cast<std::int64_t>(entries_.size()) - 1;
}

void FileValues::write(std::int64_t number, std::span<std::byte> elements) const {
  const Entry& entry = entries_.at(static_cast<std::size_t>(number));
  if (entry.tensor == nullptr) {
    switch (entry.constant.dtype) {
      case DType::f32:
        return write_constant<float>(entry.constant, elements, entry.arrangement);
      case DType::f64:
        return write_constant<double>(entry.constant, elements, entry.arrangement);
      case DType::i32:
        return write_constant<std::int32_t>(entry.constant, elements, entry.arrangement);
      case DType::i64:
        return write_constant<std::int64_t>(entry.constant, elements, entry.arrangement);
      case DType::boolean:
        return write_constant<unsigned char>(entry.constant, elements, entry.arrangement);
    }
  }
  ElementReader reader(*model_, *entry.tensor);
  if (entry.arrangement.is_plain()) {
    reader.read(elements);
  } else {
    constexpr std::size_t at_once = 4096;
    const auto size = static_cast<std::size_t>(bytes_per_element(reader.dtype()));
    std::vector<std::byte> read(at_once * size);
    std::array<std::int64_t, at_once> places{};
    const std::size_t count = elements.size() / size;
    for (std::size_t first = 0; first < count; first += at_once) {
      const std::size_t now = std::min(at_once, count - first);
      reader.read(std::span(read).first(now * size));
      entry.arrangement.indices(static_cast<std::int64_t>(first), std::span(places).first(now));
      for (std::size_t i = 0; i < now; ++i)
        std::memcpy(elements.data() + static_cast<std::size_t>(places[i]) * size,
                    read.data() + i * size, size);
    }
  }
  model_->source->check_unchanged();
}

}  // namespace foregraph::onnx
