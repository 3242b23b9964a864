#include <cmath>
#include <foregraph/runtime/initialize.hpp>
#include <numbers>

namespace foregraph {
namespace {

std::uint64_t split_mix(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15ULL;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

/// In [0, 1), with all 53 bits.
double uniform_number(std::uint64_t stream, std::uint64_t index) {
  return static_cast<double>(split_mix(stream + index) >> 11) * 0x1.0p-53;
}

double number(const Initializer& initializer, std::uint64_t stream, std::uint64_t i) {
  switch (initializer.kind) {
    case Initializer::Kind::uniform:
      return (2 * uniform_number(stream, i) - 1) * initializer.scale;
    case Initializer::Kind::normal: {
      const double radius = std::sqrt(-2 * std::log(1 - uniform_number(stream, 2 * i)));
      return initializer.scale * radius *
             std::cos(2 * std::numbers::pi * uniform_number(stream, 2 * i + 1));
    }
    case Initializer::Kind::constant:
      break;
  }
  return initializer.scale;
}

template <class T>
void fill(void* elements, std::int64_t count, const Initializer& initializer,
          std::uint64_t stream) {
  for (std::int64_t i = 0; i < count; ++i)
    static_cast<T*>(elements)[i] =
        static_cast<T>(number(initializer, stream, static_cast<std::uint64_t>(i)));
}

}  // namespace

void initialize(void* elements, std::int64_t count, DType dtype, const Initializer& initializer,
                std::uint64_t variable) {
  const std::uint64_t stream = split_mix(split_mix(initializer.seed) ^ (variable + 1));
  switch (dtype) {
    case DType::f32:
      return fill<float>(elements, count, initializer, stream);
    case DType::f64:
      return fill<double>(elements, count, initializer, stream);
    case DType::i32:
      return fill<std::int32_t>(elements, count, initializer, stream);
    case DType::i64:
      return fill<std::int64_t>(elements, count, initializer, stream);
    case DType::boolean:
      return fill<unsigned char>(elements, count, initializer, stream);
  }
}

}  // namespace foregraph
