#pragma once

#include <concepts>
#include <cstddef>
#include <type_traits>
#include <utility>

/// Containers that functions take where they also take braces: std::vector, std::array, std::span.
namespace foregraph {

namespace detail {
template <class List>
using element_of = std::remove_cvref_t<decltype(*std::declval<const List&>().data())>;
}  // namespace detail

/// A container of whole numbers, but no text.
template <class List>
concept IntegerList = requires(const List& list) {
  { list.size() } -> std::convertible_to<std::size_t>;
  {list.data()};
}
&&std::integral<detail::element_of<List>> && sizeof(detail::element_of<List>) >= sizeof(int);

}  // namespace foregraph
