#include <boost/test/unit_test.hpp>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/data/dataset/row_shape.hpp>
#include <foregraph/detail/data/loader/loader.hpp>
#include <numeric>
#include <random>

#include "data/some_pipelines.hpp"
#include "support/expect.hpp"
#include "support/rows.hpp"

using namespace foregraph;
using namespace foregraph::test;

namespace {

using Shape64 = std::vector<std::int64_t>;

/// `rows` of this shape whose values count on from 0.
template <class T>
data::Dataset counting(std::int64_t rows, const Shape64& shape) {
  std::int64_t elements = rows;
  for (const std::int64_t size : shape) elements *= size;
  std::vector<T> values(static_cast<std::size_t>(elements));
  std::iota(values.begin(), values.end(), T{0});
  return data::Dataset().add("x", shape, std::move(values));
}

/// Counts `index` up as an odometer of this shape; false at the end.
bool count_on(Shape64& index, const Shape64& shape) {
  for (std::size_t axis = shape.size(); axis-- > 0;) {
    if (++index[axis] < shape[axis]) return true;
    index[axis] = 0;
  }
  return false;
}

std::int64_t offset_of(const Shape64& index, const Shape64& shape) {
  std::int64_t offset = 0;
  for (std::size_t axis = 0; axis < shape.size(); ++axis)
    offset = offset * shape[axis] + index[axis];
  return offset;
}

/// All rows of field x in the order of an epoch.
std::vector<float> delivered(const data::Pipeline& pipeline) {
  const Epoch epoch = epoch_of(pipeline, 0);
  std::vector<float> values(epoch.bytes.size() / sizeof(float));
  std::memcpy(values.data(), epoch.bytes.data(), epoch.bytes.size());
  return values;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(rearranged_rows)

BOOST_AUTO_TEST_CASE(channels_first_become_channels_last) {
  // Two channels of 1 x 3 pixels: 0 1 2 and 3 4 5.
  const data::Dataset data = counting<float>(2, {2, 1, 3});
  const std::vector<float> second{6, 9, 7, 10, 8, 11};
  const data::Dataset permuted = data.permute("x", {1, 2, 0});
  BOOST_TEST((permuted.fields()[0].row_shape == Shape64{1, 3, 2}));
  BOOST_TEST(!permuted.in_memory(0));
  BOOST_TEST(row_of<float>(permuted, "x", 0) == (std::vector<float>{0, 3, 1, 4, 2, 5}));
  BOOST_TEST(row_of<float>(permuted, "x", 1) == second);
  BOOST_TEST(row_of<float>(permuted.select({1, 1, 0}), "x", 1) == second);
  BOOST_TEST(row_of<float>(data.slice(1, 1).permute("x", {1, 2, 0}), "x", 0) == second);
  BOOST_TEST(row_of<float>(data, "x", 1) == (std::vector<float>{6, 7, 8, 9, 10, 11}));
  const std::vector<float> both{0, 3, 1, 4, 2, 5, 6, 9, 7, 10, 8, 11};
  BOOST_TEST(delivered(data::from(permuted)) == both);
  const data::Pipeline pipeline = data::from(data).permute("x", {1, 2, 0});
  BOOST_TEST((pipeline.fields()[0].row_shape == Shape64{1, 3, 2}));
  BOOST_TEST(delivered(pipeline) == both);
  BOOST_TEST(delivered(pipeline.in_order().batch(1).workers(2)) == both);
}

BOOST_AUTO_TEST_CASE(any_axes_of_any_shape_and_type) {
  const unsigned seed = std::random_device{}();
  BOOST_TEST_CONTEXT("seed " << seed) {
    std::mt19937 random(seed);
    for (int round = 0; round < 200; ++round) {
      Shape64 shape(random() % 6);
      for (std::int64_t& size : shape) size = 1 + static_cast<std::int64_t>(random() % 4);
      Shape64 axes(shape.size());
      std::iota(axes.begin(), axes.end(), 0);
      std::shuffle(axes.begin(), axes.end(), random);
      Shape64 result;
      for (const std::int64_t axis : axes) result.push_back(shape[static_cast<std::size_t>(axis)]);
      const auto check = [&](auto zero) {
        using T = decltype(zero);
        const std::vector<T> got = row_of<T>(counting<T>(2, shape).permute("x", axes), "x", 1);
        Shape64 index(shape.size(), 0);
        std::int64_t at = 0;
        do {
          Shape64 before(shape.size());
          for (std::size_t i = 0; i < axes.size(); ++i)
            before[static_cast<std::size_t>(axes[i])] = index[i];
          const std::int64_t elements = static_cast<std::int64_t>(got.size());
          BOOST_REQUIRE(got[static_cast<std::size_t>(at)] ==
                        static_cast<T>(elements + offset_of(before, shape)));
          ++at;
        } while (count_on(index, result));
      };
      check(float{});
      check(double{});
      check(std::int64_t{});
      const auto found = data::axes_between(shape, result);
      BOOST_REQUIRE(found.has_value());
      BOOST_TEST(data::same_layout(
          data::RowPermutation({"x", f32, shape}, *found).result().row_shape, result));
    }
  }
}

BOOST_AUTO_TEST_CASE(booleans_and_several_fields_of_one_source) {
  struct Pair {
    std::vector<data::FieldSpec> specs{{"a", boolean, {2, 2}}, {"b", i32, {3, 2}}};
    [[nodiscard]] std::span<const data::FieldSpec> fields() const { return specs; }
    [[nodiscard]] std::int64_t size() const { return 5; }
    void read(std::int64_t row, std::span<std::byte* const> to) const {
      const bool a[] = {false, true, false, row % 2 == 0};
      const std::int32_t b[] = {0, 1, 2, 3, 4, static_cast<std::int32_t>(row)};
      if (to[0] != nullptr) std::memcpy(to[0], a, sizeof a);
      if (to[1] != nullptr) std::memcpy(to[1], b, sizeof b);
    }
  };
  const data::Dataset data = data::Dataset(data::make_source(Pair{}))
                                 .permute("a", {1, 0})
                                 .permute("b", {1, 0})
                                 .add_text("words", {"p", "q", "r", "s", "t"});
  BOOST_TEST(row_of<std::uint8_t>(data, "a", 2) == (std::vector<std::uint8_t>{0, 0, 1, 1}));
  BOOST_TEST(row_of<std::int32_t>(data, "b", 4) == (std::vector<std::int32_t>{0, 2, 4, 1, 3, 4}));
  BOOST_TEST(data.permute("a", {1, 0}).text("words")[3] == "s");
  const Epoch epoch = epoch_of(data::from(data).batch(5), 0);
  BOOST_TEST(std::to_integer<int>(epoch.bytes[4 * 4 + 2]) == 1);
  BOOST_TEST(std::to_integer<int>(epoch.bytes[4 * 3 + 3]) == 0);
}

BOOST_AUTO_TEST_CASE(another_shape_copies_nothing) {
  const data::Dataset data = counting<float>(4, {6}).add("y", {}, std::vector<float>(4, 1));
  const data::Dataset reshaped_data = data.reshape("x", {1, 2, 3});
  BOOST_TEST((reshaped_data.fields()[0].row_shape == Shape64{1, 2, 3}));
  BOOST_TEST(reshaped_data.data(0) == data.data(0));
  const data::Pipeline pipeline = data::from(data).reshape("x", {3, 2});
  BOOST_TEST(pipeline.stages().empty());
  BOOST_TEST(pipeline.own_bytes().count == data::from(data).own_bytes().count);
  BOOST_TEST((pipeline.fields()[0].row_shape == Shape64{3, 2}));
  BOOST_TEST(epoch_of(pipeline, 0).bytes == epoch_of(data::from(data), 0).bytes);
}

BOOST_AUTO_TEST_CASE(another_shape_behind_a_stage_and_of_a_stream) {
  const auto shape_seen = [](const data::Pipeline& pipeline) {
    Shape64 shape;
    data::Loader loader(
        pipeline.map([&](data::Sample& sample) { shape = sample.spec("x")->row_shape; }));
    loader.start_epoch(0);
    (void)rest_of(loader);
    return shape;
  };
  const data::Pipeline changed = data::from(counting<float>(4, {6})).map([](data::Sample& sample) {
    sample.field<float>("x")[0] = -1;
  });
  BOOST_TEST((shape_seen(changed.reshape("x", {2, 3})) == Shape64{2, 3}));
  BOOST_TEST(delivered(changed.reshape("x", {2, 3})) == delivered(changed));
  const data::Pipeline stream = data::from(std::make_shared<Numbers>(10), 10);
  BOOST_TEST((shape_seen(stream.reshape("x", {1, 2})) == Shape64{1, 2}));
  BOOST_TEST(delivered(stream.reshape("x", {1, 2})) == delivered(stream));
  BOOST_TEST((shape_seen(stream.reshape("x", {1, 2}).permute("x", {1, 0})) == Shape64{2, 1}));
}

BOOST_AUTO_TEST_CASE(memory_of_a_permutation_is_counted) {
  // Sixteen rows of 64 floats go through the stages together.
  const data::Pipeline pipeline = data::from(counting<float>(100, {4, 4, 4})).batch(50);
  BOOST_TEST(pipeline.permute("x", {1, 2, 0}).own_bytes().count - pipeline.own_bytes().count ==
             16 * 64 * 4);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_rearranged) {
  const data::Dataset data = counting<float>(4, {3, 2});
  const auto refuse = [&](const auto& call, std::initializer_list<const char*> parts) {
    expect<UsageError>([&] { (void)call(data); }, parts);
    expect<UsageError>([&] { (void)call(data::from(data)); }, parts);
    expect<UsageError>([&] { (void)call(data::from(data).map([](data::Sample&) {})); }, parts);
  };
  refuse([](const auto& all) { return all.permute("x", {0}); },
         {"permute: the axes for field 'x' are {0}", "rows of {3, 2}", "from 0 to 2 - 1"});
  refuse([](const auto& all) { return all.permute("x", {0, 0}); }, {"are {0, 0}"});
  refuse([](const auto& all) { return all.permute("x", {1, 2}); }, {"are {1, 2}"});
  refuse([](const auto& all) { return all.permute("x", {-1, 0}); }, {"are {-1, 0}"});
  refuse([](const auto& all) { return all.reshape("x", {5}); },
         {"reshape: the rows of field 'x' are {3, 2}, 6 values", "cannot become {5}, 5 values"});
  expect<DataError>([&] { (void)data.reshape("x", {-3, -2}); }, {"is -3", "positive"});
  expect<DataError>(
      [&] {
        (void)data.reshape("x", {std::int64_t{1} << 62, 4});
      },
      {"sizes that fit in memory"});
  expect<DataError>(
      [&] {
        (void)data.permute("image", {1, 0});
      },
      {"permute: the data set has no field 'image'", "its fields are 'x'"});
  expect<DataError>([&] { (void)data::from(data).reshape("image", {6}); }, {"no field 'image'"});
}

BOOST_AUTO_TEST_CASE(layouts_are_equal_but_for_dimensions_of_one) {
  BOOST_TEST(data::same_layout(Shape64{1}, Shape64{}));
  BOOST_TEST(data::same_layout(Shape64{28, 1, 28}, Shape64{28, 28, 1}));
  BOOST_TEST(!data::same_layout(Shape64{784}, Shape64{28, 28}));
  BOOST_TEST(!data::same_layout(Shape64{3, 8, 8}, Shape64{8, 8, 3}));
  BOOST_TEST((data::axes_between(Shape64{3, 8, 8}, Shape64{8, 8, 3}) == Shape64{1, 2, 0}));
  BOOST_TEST((data::axes_between(Shape64{1, 3, 8, 7}, Shape64{7, 8, 3}) == Shape64{3, 2, 1, 0}));
  BOOST_TEST((data::axes_between(Shape64{4, 2}, Shape64{2, 1, 4}) == Shape64{1, 0}));
  BOOST_TEST(!data::axes_between(Shape64{4, 4}, Shape64{16}).has_value());
  BOOST_TEST(!data::axes_between(Shape64{2, 4}, Shape64{2, 4, 2}).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
