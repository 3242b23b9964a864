#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <foregraph/detail/base/dynamic_array.hpp>
#include <foregraph/detail/base/sorting.hpp>
#include <random>
#include <utility>
#include <vector>

namespace dynamic_array_test {

using foregraph::DynamicArray;
using foregraph::PriorityQueue;

template <class T>
std::vector<T> list(const DynamicArray<T>& array) {
  return {array.begin(), array.end()};
}

/// A key of few values, so that there are ties, and the position before sorting.
struct Entry {
  int key = 0;
  int position = 0;

  bool operator==(const Entry&) const = default;
};

/// Pushes `count` numbers and their squares; also runs in the compiler.
constexpr std::int64_t sum_of_squares(int count) {
  DynamicArray<std::int64_t> numbers;
  for (int i = 0; i < count; ++i) numbers.push_back(i);
  DynamicArray<std::int64_t> squares = numbers;
  std::int64_t sum = 0;
  for (std::int64_t& x : squares) x *= x;
  for (const std::int64_t x : squares) sum += x;
  return sum + static_cast<std::int64_t>(numbers.size()) - count;
}
static_assert(sum_of_squares(100) == 328350);

constexpr bool sorts_in_the_compiler() {
  int values[] = {5, 3, 9, 1, 1, 7, 0};
  foregraph::sort_by(values, 7, [](int a, int b) { return a < b; });
  for (int i = 1; i < 7; ++i)
    if (values[i - 1] > values[i]) return false;
  return values[0] == 0 && values[6] == 9;
}
static_assert(sorts_in_the_compiler());

}  // namespace dynamic_array_test

using namespace dynamic_array_test;

BOOST_AUTO_TEST_SUITE(dynamic_array)

BOOST_AUTO_TEST_CASE(grows_and_keeps_its_elements) {
  DynamicArray<int> array;
  BOOST_TEST(array.empty());
  for (int i = 0; i < 1000; ++i) array.push_back(i);
  BOOST_TEST(array.size() == 1000U);
  for (int i = 0; i < 1000; ++i) BOOST_TEST(array[static_cast<std::size_t>(i)] == i);
  BOOST_TEST(array.front() == 0);
  BOOST_TEST(array.back() == 999);
}

BOOST_AUTO_TEST_CASE(takes_a_copy_of_an_element_of_its_own) {
  DynamicArray<std::vector<int>> array;
  array.push_back({1, 2, 3});
  for (int i = 0; i < 100; ++i) array.push_back(array.front());
  for (const std::vector<int>& each : array) BOOST_TEST((each == std::vector<int>{1, 2, 3}));
}

BOOST_AUTO_TEST_CASE(a_copy_is_independent) {
  const DynamicArray<int> first{1, 2, 3};
  DynamicArray<int> second = first;
  second[0] = 7;
  second.push_back(8);
  BOOST_TEST((list(first) == std::vector<int>{1, 2, 3}));
  BOOST_TEST((list(second) == std::vector<int>{7, 2, 3, 8}));
  second = first;
  BOOST_TEST((list(second) == std::vector<int>{1, 2, 3}));
  const DynamicArray<int>& itself = second;
  second = itself;
  BOOST_TEST((list(second) == std::vector<int>{1, 2, 3}));
}

BOOST_AUTO_TEST_CASE(a_move_takes_the_elements) {
  DynamicArray<int> first{1, 2, 3};
  const int* const data = first.data();
  DynamicArray<int> second = std::move(first);
  BOOST_TEST(second.data() == data);
  BOOST_TEST(first.empty());  // NOLINT: as documented for graphs, it can be used again
  first.push_back(4);
  BOOST_TEST((list(first) == std::vector<int>{4}));
}

BOOST_AUTO_TEST_CASE(new_elements_have_the_given_value) {
  DynamicArray<int> array(3, 5);
  array.resize(5);
  BOOST_TEST((list(array) == std::vector<int>{5, 5, 5, 0, 0}));
  array.resize(2);
  array.resize(3);  // an element that was removed does not come back
  BOOST_TEST((list(array) == std::vector<int>{5, 5, 0}));
  array.assign(2, 9);
  BOOST_TEST((list(array) == std::vector<int>{9, 9}));
  array.pop_back();
  BOOST_TEST((list(array) == std::vector<int>{9}));
  array.clear();
  BOOST_TEST(array.empty());
}

BOOST_AUTO_TEST_CASE(sorting_is_stable) {
  constexpr unsigned seed = 5;
  BOOST_TEST_INFO_SCOPE("seed " << seed);
  std::mt19937 random(seed);
  for (int count : {0, 1, 2, 3, 7, 64, 65, 1000}) {
    std::vector<Entry> entries;
    for (int i = 0; i < count; ++i) entries.push_back({static_cast<int>(random() % 20), i});
    std::vector<Entry> expected = entries;
    const auto less = [](const Entry& a, const Entry& b) { return a.key < b.key; };
    std::stable_sort(expected.begin(), expected.end(), less);
    foregraph::sort_by(entries.data(), entries.size(), less);
    BOOST_TEST((entries == expected), count << " entries");
  }
}

BOOST_AUTO_TEST_CASE(a_queue_gives_the_least_first) {
  constexpr unsigned seed = 6;
  BOOST_TEST_INFO_SCOPE("seed " << seed);
  std::mt19937 random(seed);
  const auto less = [](int a, int b) { return a < b; };
  PriorityQueue<int, decltype(less)> queue(less);
  std::vector<int> waiting;
  for (int step = 0; step < 5000; ++step) {
    if (waiting.empty() || random() % 5 < 3) {
      const int value = static_cast<int>(random() % 100);
      queue.push(value);
      waiting.push_back(value);
    } else {
      const auto least = std::min_element(waiting.begin(), waiting.end());
      BOOST_TEST_REQUIRE(queue.pop() == *least);
      waiting.erase(least);
    }
    BOOST_TEST_REQUIRE(queue.empty() == waiting.empty());
  }
}

BOOST_AUTO_TEST_SUITE_END()
