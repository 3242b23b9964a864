// Copies that reorder axes give the same on any number of threads.
#include <array>
#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <foregraph/detail/kernels/basic/strided_copy.hpp>
#include <foregraph/detail/kernels/threads/thread_pool.hpp>
#include <numeric>
#include <vector>

namespace fg = foregraph;

namespace {

struct NoVector {};

/// The array's axes in the given order, on `threads` threads.
std::vector<float> permuted(const std::vector<std::int64_t>& sizes, const std::vector<int>& axes,
                            int threads) {
  std::int64_t count = 1;
  for (const std::int64_t size : sizes) count *= size;
  std::vector<float> x(static_cast<std::size_t>(count));
  std::iota(x.begin(), x.end(), 0.0F);
  std::array<std::int64_t, fg::Shape::max_rank> from{};
  std::array<std::int64_t, fg::Shape::max_rank> to{};
  std::int64_t x_step = 1;
  std::int64_t out_step = 1;
  for (std::size_t i = sizes.size(); i-- > 0;) {
    from[i] = x_step;
    x_step *= sizes[i];
    to[i] = out_step;
    out_step *= sizes[static_cast<std::size_t>(axes[i])];
  }
  fg::StridedCopy<float, NoVector> copy;
  for (std::size_t i = 0; i < axes.size(); ++i) {
    const auto axis = static_cast<std::size_t>(axes[i]);
    copy.add(sizes[axis], from[axis], to[i]);
  }
  std::vector<float> out(x.size(), -1.0F);
  if (threads == 0) {
    copy.run(x.data(), out.data());
  } else {
    const fg::UseThreads use(threads);
    copy.run_on_threads(x.data(), out.data());
  }
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(strided_copy_threads, *boost::unit_test::label("threads"))

BOOST_AUTO_TEST_CASE(same_for_any_number_of_threads) {
  fg::reserve_threads(3);
  const std::vector<float> known = permuted({2, 3}, {1, 0}, 3);
  BOOST_TEST(known == (std::vector<float>{0, 3, 1, 4, 2, 5}), boost::test_tools::per_element());
  struct Case {
    std::vector<std::int64_t> sizes;
    std::vector<int> axes;
  };
  for (const Case& c : {Case{{301, 701}, {1, 0}},
                        {{700, 256}, {1, 0}},
                        {{5, 131, 7, 65}, {0, 2, 1, 3}},
                        {{3, 40000}, {1, 0}},
                        {{40000, 3}, {1, 0}},
                        {{129, 17, 130}, {2, 0, 1}},
                        {{1, 1}, {1, 0}},
                        {{300000}, {0}}}) {
    const std::vector<float> expected = permuted(c.sizes, c.axes, 0);
    for (const int threads : {1, 2, 3})
      BOOST_TEST((permuted(c.sizes, c.axes, threads) == expected),
                 c.sizes.front() << "x..., " << threads << " threads");
  }
}

BOOST_AUTO_TEST_SUITE_END()
