#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

#include <foregraph/detail/graph/kernel.hpp>

/// Builds an op's kernel table from its kernel class, for one set of vector types. Used where the
/// library compiles its kernels, once per instruction set (ops/tables/op_kernels.cpp), and for
/// user-defined ops (kernels/user_kernel.hpp). Depends on no vector library.
///
/// `Vectors::batch<T>` is a vector of T with ::size, ::load_unaligned, store_unaligned and
/// operators.
namespace foregraph::kernels {

/// Returns the number of parameters of `apply`.
template <class V, class... Parameters>
constexpr std::size_t arity_of(V (*)(Parameters...)) {
  return sizeof...(Parameters);
}
template <class Kernel, class V>
concept Elementwise = requires {
  &Kernel::template apply<V>;
};

template <class Kernel, class V>
concept GivesBoth = requires {
  &Kernel::template apply_both<V>;
};

template <class Kernel>
constexpr bool supports_integers() {
  if constexpr (requires { Kernel::integers; })
    return Kernel::integers;
  else
    return false;
}

/// Returns true if the kernel declares `static constexpr bool any_dtype = true`, because it only
/// moves elements. It treats booleans as bytes.
template <class Kernel>
constexpr bool supports_any_dtype() {
  if constexpr (requires { Kernel::any_dtype; })
    return Kernel::any_dtype;
  else
    return false;
}

template <class Kernel, class T, class V, std::size_t... I>
inline void tile_of(T* out, const void* const* in, std::size_t count, std::index_sequence<I...>) {
  const T* x[sizeof...(I)] = {static_cast<const T*>(in[I])...};
  for (std::size_t i = 0; i < count; i += V::size)
    Kernel::template apply<V>(V::load_unaligned(x[I] + i)...).store_unaligned(out + i);
}

/// Runs an elementwise kernel on a tile; a TileFn. Uses whole vectors only: operands extend to the
/// next multiple of 64 bytes, as all arena buffers do. The result of an element thus never depends
/// on its position.
template <class Kernel, class T, class V>
void tile(void* out, const void* const* in, std::size_t count) {
  constexpr std::size_t arity = arity_of(&Kernel::template apply<V>);
  tile_of<Kernel, T, V>(static_cast<T*>(out), in, count, std::make_index_sequence<arity>{});
}

/// Runs apply_both() on a tile; a BothFn.
template <class Kernel, class T, class V>
void both(void* out, void* other, const void* in, std::size_t count) {
  for (std::size_t i = 0; i < count; i += V::size) {
    V value;
    V second;
    Kernel::template apply_both<V>(V::load_unaligned(static_cast<const T*>(in) + i), value, second);
    value.store_unaligned(static_cast<T*>(out) + i);
    second.store_unaligned(static_cast<T*>(other) + i);
  }
}

template <class Kernel, class T, class Vectors>
constexpr void add_to(KernelTable& table) {
  using V = typename Vectors::template batch<T>;
  constexpr auto i = static_cast<std::size_t>(dtype_of<T>);
  if constexpr (GivesBoth<Kernel, V>) table.both[i] = &both<Kernel, T, V>;
  if constexpr (Elementwise<Kernel, V>)
    table.tile[i] = &tile<Kernel, T, V>;
  else
    table.run[i] = &Kernel::template run<T, V>;
}

template <class Kernel, class Vectors>
constexpr KernelTable make_table() {
  KernelTable table;
  add_to<Kernel, float, Vectors>(table);
  add_to<Kernel, double, Vectors>(table);
  if constexpr (supports_integers<Kernel>() || supports_any_dtype<Kernel>()) {
    add_to<Kernel, std::int32_t, Vectors>(table);
    add_to<Kernel, std::int64_t, Vectors>(table);
  }
  if constexpr (supports_any_dtype<Kernel>()) {
    using Bytes = typename Vectors::template batch<std::uint8_t>;
    table.run[static_cast<std::size_t>(DType::boolean)] =
        &Kernel::template run<std::uint8_t, Bytes>;
  }
  return table;
}

}  // namespace foregraph::kernels
