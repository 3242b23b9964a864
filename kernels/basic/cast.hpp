#pragma once

#include <foregraph/detail/graph/op.hpp>
#include <foregraph/detail/kernels/threads/parallel.hpp>

/// The kernel of ops/basic/cast.hpp.
namespace foregraph {

struct CastKernel {
  static constexpr bool integers = true;

  template <class T, class V>
  static void run(const KernelCall& call) {
    switch (static_cast<DType>(call.attributes->integers[0])) {
      case DType::f32:
        return convert<float, T, V>(call);
      case DType::f64:
        return convert<double, T, V>(call);
      case DType::i32:
        return convert<std::int32_t, T, V>(call);
      case DType::i64:
        return convert<std::int64_t, T, V>(call);
      case DType::boolean:
        return;  // unreachable: rejected by the shape rule
    }
  }

 private:
  template <class U, class T, class V>
  [[gnu::always_inline]] static void convert(const KernelCall& call) {
    const auto* x = static_cast<const T*>(call.inputs[0]);
    auto* out = static_cast<U*>(call.output);
    const std::int64_t count = call.output_shape.elements;
    parallel_for(count, elements_read_worth_a_thread, [=](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) out[i] = converted<U, T, V>(x[i]);
    });
  }
  template <class U, class T, class V>
  [[gnu::always_inline]] static U converted(T x) {
    if constexpr (T(0.5) != T(0) && U(0.5) == U(0)) {
      constexpr U most = sizeof(U) == 4 ? U(0x7fffffff) : U(0x7fffffffffffffff);
      constexpr T limit = sizeof(U) == 4 ? T(2147483648.0) : T(9223372036854775808.0);
      if (x >= limit) return most;
      if (x < -limit) return -most - 1;
      return x == x ? static_cast<U>(x) : U(0);
    } else {
      return static_cast<U>(x);
    }
  }
};

}  // namespace foregraph
