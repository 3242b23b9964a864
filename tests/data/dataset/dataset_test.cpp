#include <boost/test/unit_test.hpp>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/data/dataset/dataset.hpp>
#include <foregraph/detail/data/dataset/xtensor.hpp>

#include "support/expect.hpp"

using namespace foregraph;
using namespace foregraph::test;

BOOST_AUTO_TEST_SUITE(dataset)

BOOST_AUTO_TEST_CASE(fields_of_every_type) {
  const auto data = data::Dataset()
                        .add("a", {2}, std::vector<float>{1, 2, 3, 4})
                        .add("b", {}, std::vector<double>{5, 6})
                        .add("c", {1}, std::vector<std::int32_t>{7, 8})
                        .add("d", {}, std::vector<std::int64_t>{9, 10})
                        .add("e", {}, std::vector<bool>{true, false});
  BOOST_TEST(data.size() == 2);
  BOOST_REQUIRE_EQUAL(data.fields().size(), 5U);
  BOOST_TEST(data.fields()[0].row_bytes() == 8);
  BOOST_TEST(reinterpret_cast<const float*>(data.row(0, 1))[0] == 3.0F);
  BOOST_TEST(reinterpret_cast<const std::int64_t*>(data.data(3))[1] == 10);
  BOOST_TEST(static_cast<int>(data.data(4)[0]) == 1);
  BOOST_TEST(data.find("c") == 2);
  BOOST_TEST(data.find("z") == -1);
}

BOOST_AUTO_TEST_CASE(a_copy_shares_its_rows_and_grows_alone) {
  data::Dataset data;
  data.add("a", {}, std::vector<float>{1, 2});
  data::Dataset copy = data;
  copy.add("b", {}, std::vector<float>{3, 4});
  BOOST_TEST(data.fields().size() == 1U);
  BOOST_TEST(copy.fields().size() == 2U);
  BOOST_TEST(copy.data(0) == data.data(0));
}

BOOST_AUTO_TEST_CASE(a_view_copies_nothing) {
  const std::vector<float> values{1, 2, 3, 4};
  const auto data = data::Dataset().add_view("a", {2}, std::span<const float>(values));
  BOOST_TEST(static_cast<const void*>(data.data(0)) == static_cast<const void*>(values.data()));
}

BOOST_AUTO_TEST_CASE(xtensor_arrays) {
  xt::xtensor<float, 3> images = xt::arange<float>(24).reshape({2, 3, 4});
  data::Dataset data;
  add(data, "x", images);
  add(data, "y", xt::view(images, xt::all(), 0, 1) * 2.0F);
  BOOST_TEST(data.size() == 2);
  BOOST_TEST(data.fields()[0].row_elements() == 12);
  BOOST_TEST(reinterpret_cast<const float*>(data.row(0, 1))[0] == 12.0F);
  BOOST_TEST(data.fields()[1].row_shape.empty());
  BOOST_TEST(reinterpret_cast<const float*>(data.data(1))[1] == 26.0F);
}

BOOST_AUTO_TEST_CASE(wrong_fields_are_named) {
  const auto with = [](auto&&... field) {
    return [=] { (void)data::Dataset().add("a", {}, std::vector<float>{1, 2}).add(field...); };
  };
  using Shape = std::vector<std::int64_t>;
  expect<DataError>(with(std::string("b"), Shape{}, std::vector<float>{1, 2, 3}),
                    {"'b'", "3 rows", "2"});
  expect<DataError>(with(std::string("b"), Shape{2}, std::vector<float>{1, 2, 3}),
                    {"'b'", "3 values", "rows of 2"});
  expect<DataError>(with(std::string("a"), Shape{}, std::vector<float>{1, 2}),
                    {"already has a field 'a'"});
  expect<DataError>(with(std::string(), Shape{}, std::vector<float>{1, 2}), {"has no name"});
  expect<DataError>(with(std::string("b"), Shape{0}, std::vector<float>{1, 2}), {"'b'", "is 0"});
}

// It would take minutes if the time grew with the square of the fields.
BOOST_AUTO_TEST_CASE(very_many_fields_and_texts) {
  constexpr int count = 50'000;
  data::Dataset data;
  for (int i = 0; i < count; ++i) {
    const std::string number = std::to_string(i);
    data.add("f" + number, {}, std::vector<std::int32_t>{i, -i});
    data.add_text("t" + number, {number, "-" + number});
  }
  BOOST_TEST(data.fields().size() == static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) {
    const std::string number = std::to_string(i);
    BOOST_REQUIRE(data.find("f" + number) == i);
    BOOST_REQUIRE(data.find("t" + number) == -1);
    BOOST_REQUIRE(data.text("t" + number)[1] == "-" + number);
  }
  expect<DataError>(
      [&] {
        data.add("f49999", {}, std::vector<float>{1, 2});
      },
      {"already has a field 'f49999'"});
  expect<DataError>([&] { data.add_text("f7", {"", ""}); }, {"already has a field 'f7'"});
  expect<DataError>([&] { data.add("t7", {}, std::vector<float>{1, 2}); }, {"field 't7'"});
}

BOOST_AUTO_TEST_CASE(a_refused_field_changes_nothing) {
  struct TwoOfOneName {
    std::vector<data::FieldSpec> specs{{"b", f32, {}}, {"c", f32, {}}, {"c", f32, {}}};
    [[nodiscard]] std::span<const data::FieldSpec> fields() const { return specs; }
    [[nodiscard]] std::int64_t size() const { return 2; }
    void read(std::int64_t, std::span<std::byte* const>) const {}
  };
  data::Dataset data;
  data.add("a", {}, std::vector<float>{1, 2});
  expect<DataError>([&] { data.add(data::make_source(TwoOfOneName{})); },
                    {"already has a field 'c'"});
  BOOST_TEST(data.fields().size() == 1U);
  BOOST_TEST(data.find("b") == -1);
  data.add("b", {}, std::vector<float>{3, 4});
  BOOST_TEST(data.find("b") == 1);
}

BOOST_AUTO_TEST_CASE(a_text_that_became_numbers_is_no_text_any_more) {
  data::Dataset data;
  data.add_text("a", {"x", "y"}).add_text("b", {"p", "q"}).add_text("c", {"r", "s"});
  const data::Dataset changed = data.with_text_as(
      detail::make_field("a", i32, {}, 2, detail::own(std::vector<std::int32_t>{5, 6})));
  BOOST_TEST(changed.find("a") == 0);
  BOOST_TEST(!changed.has_text("a"));
  BOOST_TEST(changed.text("b")[0] == "p");
  BOOST_TEST(changed.text("c")[1] == "s");
  BOOST_TEST(data.has_text("a"));
}

BOOST_AUTO_TEST_SUITE_END()
