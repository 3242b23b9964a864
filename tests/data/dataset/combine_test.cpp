#include <boost/test/unit_test.hpp>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/data/dataset/combine.hpp>
#include <numeric>
#include <random>

#include "support/expect.hpp"

using namespace foregraph;
using namespace foregraph::test;

namespace {

/// `count` samples of two fields, numbered from `first` on.
data::Dataset pair_numbered(std::int64_t first, std::int64_t count) {
  std::vector<std::int64_t> ids(static_cast<std::size_t>(count));
  std::iota(ids.begin(), ids.end(), first);
  std::vector<float> x;
  for (const std::int64_t id : ids) x.insert(x.end(), {static_cast<float>(id), -1.0F});
  return data::Dataset().add("x", {2}, std::move(x)).add("id", {}, std::move(ids));
}

std::vector<std::int64_t> ids(const data::Dataset& data) {
  std::vector<std::int64_t> values;
  for (std::int64_t i = 0; i < data.size(); ++i) {
    std::int64_t id = 0;
    std::array<float, 2> x{};
    data.read(i, std::array<std::byte*, 2>{reinterpret_cast<std::byte*>(x.data()),
                                           reinterpret_cast<std::byte*>(&id)});
    BOOST_REQUIRE(x[0] == static_cast<float>(id) && x[1] == -1.0F);
    values.push_back(id);
  }
  return values;
}

using Ids = std::vector<std::int64_t>;

}  // namespace

BOOST_AUTO_TEST_SUITE(combined_data)

BOOST_AUTO_TEST_CASE(parts_one_after_another) {
  const auto seed = std::random_device{}();
  BOOST_TEST_INFO_SCOPE("seed " << seed);
  std::mt19937 random(seed);
  for (int run = 0; run < 50; ++run) {
    std::vector<data::Dataset> parts;
    std::int64_t rows = 0;
    for (auto count = 1 + random() % 6; count > 0; --count) {
      const auto size = static_cast<std::int64_t>(random() % 5);  // empty ones too
      parts.push_back(pair_numbered(rows, size));
      rows += size;
    }
    Ids expected(static_cast<std::size_t>(rows));
    std::iota(expected.begin(), expected.end(), 0);
    BOOST_TEST(ids(data::concatenate(parts)) == expected);
  }
}

BOOST_AUTO_TEST_CASE(parts_that_are_selections) {
  const data::Dataset all =
      data::concatenate({pair_numbered(0, 9).select({7, 2}),
                         data::concatenate({pair_numbered(20, 2), pair_numbered(30, 2)})});
  BOOST_TEST(ids(all) == (Ids{7, 2, 20, 21, 30, 31}));
  BOOST_TEST(ids(all.select({5, 0, 3})) == (Ids{31, 7, 21}));
  BOOST_TEST(!all.in_memory(0));
}

BOOST_AUTO_TEST_CASE(in_turn) {
  const std::vector<data::Dataset> parts{pair_numbered(0, 5), pair_numbered(10, 1),
                                         pair_numbered(20, 0), pair_numbered(30, 3)};
  BOOST_TEST(ids(data::interleave(parts)) == (Ids{0, 10, 30, 1, 31, 2, 32, 3, 4}));
  BOOST_TEST(ids(data::interleave(parts, 2)) == (Ids{0, 1, 10, 30, 31, 2, 3, 32, 4}));
  BOOST_TEST(ids(data::interleave(parts, 1000)) == ids(data::concatenate(parts)));
  for (const std::int64_t block : {0, -1})
    expect<UsageError>([&] { (void)data::interleave(parts, block); },
                       {"the block size is", "expected at least 1"});
}

BOOST_AUTO_TEST_CASE(texts_go_along) {
  const data::Dataset one = data::Dataset().add_text("word", {"a", "b"});
  const data::Dataset two = data::Dataset().add_text("word", {"c", "d", "e"}).select({2, 0});
  const data::TextColumn words = data::interleave({one, two}).text("word");
  BOOST_TEST((std::vector<std::string>{words[0], words[1], words[2], words[3]}) ==
             (std::vector<std::string>{"a", "e", "b", "c"}));
}

BOOST_AUTO_TEST_CASE(the_first_difference_is_named) {
  const auto refused = [](data::Dataset other, std::initializer_list<const char*> parts) {
    expect<DataError>(
        [&] {
          (void)data::concatenate({pair_numbered(0, 1), pair_numbered(1, 1), std::move(other)});
        },
        parts);
  };
  const std::vector<float> two(2);
  const std::vector<std::int64_t> one(1);
  refused(data::Dataset().add("x", {2}, two), {"part 3 of 3", "has 1 field,", "part 1 has 2"});
  refused(data::Dataset().add("x", {2}, two).add("ID", {}, one),
          {"part 3 of 3", "as field 2 'ID' (i64", "part 1 has 'id'", "same order"});
  refused(data::Dataset().add("x", {1}, std::vector<float>(1)).add("id", {}, one),
          {"as field 1 'x' (f32, row shape {1})", "'x' (f32, row shape {2})"});
  refused(data::Dataset().add("x", {2}, std::vector<double>(2)).add("id", {}, one), {"'x' (f64"});
  refused(data::Dataset().add("x", {2}, two).add("id", {}, one).add_text("word", {"a"}),
          {"different texts", "as texts 'word'", "part 1 has none"});
  expect<UsageError>([] { (void)data::concatenate({}); }, {"at least one"});
}

BOOST_AUTO_TEST_SUITE_END()
