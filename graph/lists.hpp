#pragma once

#include <concepts>
#include <cstddef>
#include <type_traits>
#include <utility>

/// Concepts for the containers that functions accept besides braced lists: std::vector, std::array,
/// std::span.
namespace foregraph {

namespace detail {
template <class List>
using element_of = std::remove_cvref_t<decltype(*std::declval<const List&>().data())>;
}  // namespace detail

/// A container of integers of at least int's size, so not a string.
template <class List>
concept IntegerList = requires(const List& list) {
  { list.size() } -> std::convertible_to<std::size_t>;
  {list.data()};
}
&&std::integral<detail::element_of<List>> && sizeof(detail::element_of<List>) >= sizeof(int);

}  // namespace foregraph
