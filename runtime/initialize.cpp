#include <cmath>
#include <foregraph/runtime/initialize.hpp>
#include <foregraph/runtime/random_numbers.hpp>
#include <vector>

namespace foregraph {
namespace {

double number(const Initializer& initializer, std::uint64_t stream, std::uint64_t i) {
  const std::uint64_t seed = initializer.seed;
  switch (initializer.kind) {
    case Initializer::Kind::uniform:
      return (2 * uniform_number(seed, stream, i) - 1) * initializer.scale;
    case Initializer::Kind::normal:
      return initializer.scale * normal_number(seed, stream, i);
    case Initializer::Kind::truncated_normal: {
      // Further attempts are far away in the stream, where no other element's first one is.
      constexpr std::uint64_t next_attempt = std::uint64_t{1} << 48;
      double x = normal_number(seed, stream, i);
      for (std::uint64_t at = i; std::abs(x) > 2; x = normal_number(seed, stream, at))
        at += next_attempt;
      return initializer.scale * x;
    }
    case Initializer::Kind::between: {
      const auto index = static_cast<std::int64_t>(i);
      return index >= initializer.first && index < initializer.last ? initializer.scale : 0;
    }
    case Initializer::Kind::orthogonal:
    case Initializer::Kind::constant:
      break;
  }
  return initializer.scale;
}

/// Four sums at a time: the compiler may not reorder one, and the order is the same everywhere.
double dot(const double* a, const double* b, std::size_t count) {
  double sums[4] = {};
  std::size_t i = 0;
  for (; i + 4 <= count; i += 4)
    for (std::size_t k = 0; k < 4; ++k) sums[k] += a[i + k] * b[i + k];
  for (; i < count; ++i) sums[0] += a[i] * b[i];
  return (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

/// `count` orthonormal vectors of `length` numbers, one after the other, by the Gram-Schmidt
/// process. A vector is made orthogonal twice, which is as good as exact (Giraud and others, 2005).
std::vector<double> orthonormal_vectors(std::size_t count, std::size_t length, std::uint64_t seed,
                                        std::uint64_t stream) {
  std::vector<double> q(count * length);
  for (std::size_t i = 0; i < q.size(); ++i) q[i] = normal_number(seed, stream, i);
  for (std::size_t j = 0; j < count; ++j) {
    double* v = q.data() + j * length;
    for (int pass = 0; pass < 2; ++pass)
      for (std::size_t k = 0; k < j; ++k) {
        const double* u = q.data() + k * length;
        const double along = dot(u, v, length);
        for (std::size_t i = 0; i < length; ++i) v[i] -= along * u[i];
      }
    const double norm = std::sqrt(dot(v, v, length));
    for (std::size_t i = 0; i < length; ++i) v[i] /= norm;
  }
  return q;
}

template <class T>
void fill_orthogonal(void* elements, const Shape& shape, const Initializer& initializer,
                     std::uint64_t stream) {
  const auto columns = static_cast<std::size_t>(shape[shape.rank - 1].constant);
  const std::size_t rows = static_cast<std::size_t>(shape.elements().constant) / columns;
  const bool tall = rows >= columns;
  const std::size_t length = tall ? rows : columns;
  const auto q = orthonormal_vectors(tall ? columns : rows, length, initializer.seed, stream);
  for (std::size_t r = 0; r < rows; ++r)
    for (std::size_t c = 0; c < columns; ++c)
      static_cast<T*>(elements)[r * columns + c] =
          static_cast<T>(initializer.scale * q[tall ? c * length + r : r * length + c]);
}

template <class T>
void fill(void* elements, const Shape& shape, const Initializer& initializer,
          std::uint64_t stream) {
  if (initializer.kind == Initializer::Kind::orthogonal)
    return fill_orthogonal<T>(elements, shape, initializer, stream);
  const std::int64_t count = shape.elements().constant;
  for (std::int64_t i = 0; i < count; ++i)
    static_cast<T*>(elements)[i] =
        static_cast<T>(number(initializer, stream, static_cast<std::uint64_t>(i)));
}

}  // namespace

void initialize(void* elements, const Shape& shape, DType dtype, const Initializer& initializer,
                std::uint64_t variable) {
  switch (dtype) {
    case DType::f32:
      return fill<float>(elements, shape, initializer, variable);
    case DType::f64:
      return fill<double>(elements, shape, initializer, variable);
    case DType::i32:
      return fill<std::int32_t>(elements, shape, initializer, variable);
    case DType::i64:
      return fill<std::int64_t>(elements, shape, initializer, variable);
    case DType::boolean:
      return fill<unsigned char>(elements, shape, initializer, variable);
  }
}

}  // namespace foregraph
