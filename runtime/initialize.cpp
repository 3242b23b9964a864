#include <cmath>
#include <foregraph/runtime/initialize.hpp>
#include <foregraph/runtime/random.hpp>
#include <numbers>

namespace foregraph {
namespace {

/// In [0, 1), with all 53 bits.
double uniform_number(std::uint64_t seed, std::uint64_t stream, std::uint64_t index) {
  return static_cast<double>(random_bits(seed, stream, index) >> 11) * 0x1.0p-53;
}

double number(const Initializer& initializer, std::uint64_t stream, std::uint64_t i) {
  const std::uint64_t seed = initializer.seed;
  switch (initializer.kind) {
    case Initializer::Kind::uniform:
      return (2 * uniform_number(seed, stream, i) - 1) * initializer.scale;
    case Initializer::Kind::normal: {
      const double radius = std::sqrt(-2 * std::log(1 - uniform_number(seed, stream, 2 * i)));
      return initializer.scale * radius *
             std::cos(2 * std::numbers::pi * uniform_number(seed, stream, 2 * i + 1));
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
  switch (dtype) {
    case DType::f32:
      return fill<float>(elements, count, initializer, variable);
    case DType::f64:
      return fill<double>(elements, count, initializer, variable);
    case DType::i32:
      return fill<std::int32_t>(elements, count, initializer, variable);
    case DType::i64:
      return fill<std::int64_t>(elements, count, initializer, variable);
    case DType::boolean:
      return fill<unsigned char>(elements, count, initializer, variable);
  }
}

}  // namespace foregraph
