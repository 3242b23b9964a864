#pragma once

#include <foregraph/detail/kernels/activation/dropout.hpp>

/// The kernels of ops/random/random_uniform.hpp.
namespace foregraph {

namespace detail {
/// The random numbers of one node in one step.
template <class T, class V>
class UniformNumbers {
 public:
  explicit UniformNumbers(const KernelCall& call) {
    const auto seed = static_cast<std::uint64_t>(call.attributes->integers[0]) ^ salt;
    const auto step = static_cast<std::uint64_t>(*static_cast<const std::int64_t*>(call.inputs[1]));
    start_ =
        spread_bits_in_kernel<V>(spread_bits_in_kernel<V>(seed + golden) ^ (step + 1) * golden);
  }

  /// Writes the numbers of elements first, first + 1, ... of the whole batch.
  [[gnu::always_inline]] void write(T* out, std::int64_t count, std::int64_t first) const {
    constexpr int digits = sizeof(T) == 4 ? 24 : 53;
    constexpr T unit = T(1) / static_cast<T>(std::uint64_t{1} << digits);
    for (std::int64_t i = 0; i < count; ++i) {
      const std::uint64_t bits =
          spread_bits_in_kernel<V>(start_ + static_cast<std::uint64_t>(first + i + 1) * golden);
      out[i] = static_cast<T>(static_cast<std::int64_t>(bits >> (64 - digits))) * unit;
    }
  }

 private:
  static constexpr std::uint64_t golden = 0x9e3779b97f4a7c15ULL;
  static constexpr std::uint64_t salt = 0xd1b54a32d192ed03ULL;  // seed_of_uniform

  std::uint64_t start_ = 0;
};
}  // namespace detail

struct RandomUniformKernel {
  template <class T, class V>
  static void run(const KernelCall& call) {
    const detail::UniformNumbers<T, V> numbers(call);
    auto* out = static_cast<T*>(call.output);
    parallel_for(call.output_shape.elements, elements_read_worth_a_thread,
                 [=](std::int64_t begin, std::int64_t end) {
                   numbers.write(out + begin, end - begin, begin);
                 });
  }
};

struct RandomUniformOfPartKernel {
  template <class T, class V>
  static void run(const KernelCall& call) {
    const detail::UniformNumbers<T, V> numbers(call);
    auto* out = static_cast<T*>(call.output);
    const std::int64_t of_a_sample = call.attributes->integers[2];
    const std::int64_t of_a_run = call.output_shape.elements / call.attributes->integers[1];
    const std::int64_t before = *static_cast<const std::int64_t*>(call.inputs[2]) * of_a_sample;
    const std::int64_t of_a_whole_run =
        *static_cast<const std::int64_t*>(call.inputs[3]) * of_a_sample;
    parallel_for(call.output_shape.elements, elements_read_worth_a_thread,
                 [=](std::int64_t begin, std::int64_t end) {
                   while (begin < end) {
                     const std::int64_t run = begin / of_a_run;
                     const std::int64_t left = (run + 1) * of_a_run - begin;
                     const std::int64_t count = left < end - begin ? left : end - begin;
                     numbers.write(out + begin, count,
                                   run * of_a_whole_run + before + (begin - run * of_a_run));
                     begin += count;
                   }
                 });
  }
};

}  // namespace foregraph
