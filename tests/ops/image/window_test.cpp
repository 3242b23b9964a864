// Where windows lie, against putting them on the image one after another.
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cstdint>

#include <foregraph/detail/ops/image/window.hpp>

using namespace foregraph;
using foregraph::detail::window_axis;
using foregraph::detail::WindowAxis;

namespace window_cases {

/// Calls `check` for all small sizes, kernels, strides and dilations.
template <class Check>
void for_each_axis(const Check& check) {
  for (std::int64_t size = 1; size <= 9; ++size)
    for (std::int64_t kernel = 1; kernel <= 4; ++kernel)
      for (std::int64_t stride = 1; stride <= 4; ++stride)
        for (std::int64_t dilation = 1; dilation <= 3; ++dilation)
          BOOST_TEST_CONTEXT("size " << size << ", kernel " << kernel << ", stride " << stride
                                     << ", dilation " << dilation)
  check(size, kernel, stride, dilation);
}
/// How many windows of the padded axis end within it.
std::int64_t windows_on(std::int64_t padded_size, std::int64_t kernel, std::int64_t stride,
                        std::int64_t dilation) {
  std::int64_t count = 0;
  for (std::int64_t first = 0; first + (kernel - 1) * dilation < padded_size; first += stride)
    ++count;
  return count;
}

}  // namespace window_cases

BOOST_AUTO_TEST_SUITE(windows)

BOOST_AUTO_TEST_CASE(with_given_padding_all_that_fit) {
  window_cases::for_each_axis([](std::int64_t size, std::int64_t kernel, std::int64_t stride,
                                 std::int64_t dilation) {
    for (std::int64_t before = 0; before <= 3; ++before)
      for (std::int64_t after = 0; after <= 3; ++after) {
        const WindowAxis axis = window_axis(size, kernel, stride, dilation, before, after, false);
        BOOST_TEST(axis.out ==
                   window_cases::windows_on(before + size + after, kernel, stride, dilation));
        BOOST_TEST(axis.before == before);
        BOOST_TEST(axis.after == after);
      }
  });
}

BOOST_AUTO_TEST_CASE(same_is_one_window_a_stride_with_the_least_padding) {
  window_cases::for_each_axis([](std::int64_t size, std::int64_t kernel, std::int64_t stride,
                                 std::int64_t dilation) {
    const std::int64_t expected = (size + stride - 1) / stride;
    // What is given besides counts for nothing.
    const WindowAxis axis = window_axis(size, kernel, stride, dilation, 5, 7, true);
    BOOST_TEST(axis.out == expected);
    const std::int64_t padding = axis.before + axis.after;
    BOOST_TEST(window_cases::windows_on(size + padding, kernel, stride, dilation) == expected);
    if (padding > 0)
      BOOST_TEST(window_cases::windows_on(size + padding - 1, kernel, stride, dilation) < expected);
    BOOST_TEST(axis.before <= axis.after);
    BOOST_TEST(axis.after <= axis.before + 1);
  });
}

BOOST_AUTO_TEST_CASE(numbers_that_make_no_window_give_none) {
  BOOST_TEST(window_axis(4, 0, 1, 1, 0, 0, false).out == 0);
  BOOST_TEST(window_axis(4, 2, 0, 1, 0, 0, false).out == 0);
  BOOST_TEST(window_axis(4, 2, 1, 0, 0, 0, false).out == 0);
  BOOST_TEST(window_axis(4, 2, 1, 1, -1, 0, false).out == 0);
  BOOST_TEST(window_axis(4, 2, 1, 1, 0, -1, false).out == 0);
  constexpr std::int64_t most = foregraph::detail::most_of_a_window;
  BOOST_TEST(window_axis(most, 1, 1, 1, 0, 0, false).out == most);
  BOOST_TEST(window_axis(most + 1, 1, 1, 1, 0, 0, false).out == 0);
  BOOST_TEST(window_axis(most, most, most, most, most, most, true).out == 1);
}

BOOST_AUTO_TEST_SUITE_END()
