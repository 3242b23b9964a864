#include <cmath>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/base/random_numbers.hpp>
#include <foregraph/detail/kernels/gemm/qr.hpp>
#include <foregraph/detail/kernels/threads/parallel.hpp>
#include <foregraph/detail/runtime/initialize.hpp>
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
      // Retries draw from far ahead in the stream, beyond the first attempts of all elements.
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
    case Initializer::Kind::given:
      break;
  }
  return initializer.scale;
}

/// Calls body(begin, end) for ranges that cover [0, count), on the threads of parallel_for().
template <class Body>
void for_each_block(std::size_t count, const Body& body) {
  parallel_for(static_cast<std::int64_t>(count), elements_worth_a_thread,
               [&](std::int64_t begin, std::int64_t end) {
                 body(static_cast<std::size_t>(begin), static_cast<std::size_t>(end));
               });
}

/// Returns `count` orthonormal vectors of `length` numbers, one after the other: the QR
/// decomposition of a random matrix.
std::vector<double> orthonormal_vectors(std::size_t count, std::size_t length, std::uint64_t seed,
                                        std::uint64_t stream) {
  std::vector<double> q(count * length);
  for_each_block(q.size(), [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) q[i] = normal_number(seed, stream, i);
  });
  orthonormalise_columns(q.data(), static_cast<std::int64_t>(length),
                         static_cast<std::int64_t>(count));
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
  for_each_block(static_cast<std::size_t>(shape.elements().constant),
                 [&](std::size_t begin, std::size_t end) {
                   for (std::size_t i = begin; i < end; ++i)
                     static_cast<T*>(elements)[i] = static_cast<T>(number(initializer, stream, i));
                 });
}

}  // namespace

void initialize(void* elements, const Shape& shape, DType dtype, const Initializer& initializer,
                std::uint64_t variable, const StartValues* given) {
  if (initializer.kind == Initializer::Kind::given) {
    if (given == nullptr)
      throw InternalError("a variable has given values, but its graph has none");
    const std::int64_t size = shape.elements().constant * bytes_per_element(dtype);
    return given->write(initializer.first,
                        {static_cast<std::byte*>(elements), static_cast<std::size_t>(size)});
  }
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
