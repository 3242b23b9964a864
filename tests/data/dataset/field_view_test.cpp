// Fields of data sets, batches and samples by name, with dtype and shape.
#include "support/expect.hpp"

#include <boost/test/unit_test.hpp>
#include <foregraph/foregraph.hpp>

using namespace foregraph;
using namespace foregraph::test;

namespace {

/// Five images of 2 by 3 by 1, element (row, y, x) = 100 row + 10 y + x, with i64 and boolean
/// fields.
data::Dataset five_images() {
  std::vector<float> images;
  std::vector<std::int64_t> ids;
  std::vector<std::uint8_t> odd;
  for (int row = 0; row < 5; ++row) {
    ids.push_back(1000 + row);
    odd.push_back(static_cast<std::uint8_t>(row % 2));
    for (int y = 0; y < 2; ++y)
      for (int x = 0; x < 3; ++x) images.push_back(static_cast<float>(100 * row + 10 * y + x));
  }
  return data::Dataset()
      .add("image", {2, 3, 1}, std::move(images))
      .add("id", {}, std::move(ids))
      .add("odd", {}, std::move(odd));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(typed_fields)

BOOST_AUTO_TEST_CASE(of_a_data_set) {
  const data::Dataset data = five_images();
  const data::FieldView<const float> images = data.values<float>("image");
  BOOST_TEST(images.rows() == 5);
  BOOST_TEST(images.row_shape() == (std::vector<std::int64_t>{2, 3, 1}),
             boost::test_tools::per_element());
  BOOST_TEST(images.values().size() == 30U);
  BOOST_TEST(images(3, 1, 2, 0) == 312.0F);
  BOOST_TEST(images[4][3] == 410.0F);
  BOOST_TEST(data.values<std::int64_t>("id")(2) == 1002);
  BOOST_TEST(int{data.values<std::uint8_t>("odd")[3][0]} == 1);
  BOOST_TEST(data.slice(2, 2).values<float>("image")(1, 0, 1, 0) == 301.0F);
  // A row that is not next to the others.
  BOOST_TEST(data.select({4, 1}).row<std::int64_t>("id", 1) == std::vector<std::int64_t>{1001},
             boost::test_tools::per_element());
  BOOST_TEST(data.row<float>("image", 2).at(5) == 212.0F);
}

BOOST_AUTO_TEST_CASE(of_a_data_set_are_checked) {
  const data::Dataset data = five_images();
  expect<UsageError>([&] { (void)data.values<double>("image"); },
                     {"field 'image' is f32 with rows of {2, 3, 1}, but was requested as f64"});
  expect<UsageError>([&] { (void)data.row<std::int32_t>("id", 0); },
                     {"field 'id' is i64", "was requested as i32"});
  expect<DataError>([&] { (void)data.values<float>("images"); },
                    {"the data set has no field 'images'; it has 'image', 'id', 'odd'"});
  expect<DataError>([&] { (void)data.row<float>("image", 5); },
                    {"row 5 was requested, but the data set has 5 rows"});
  expect<UsageError>(
      [&] {
        (void)data.select({4, 1}).values<float>("image");
      },
      {"are not contiguous"});
  const data::FieldView<const float> images = data.values<float>("image");
  expect<UsageError>([&] { (void)images[5]; }, {"row 5 was requested, but there are 5 rows"});
  expect<UsageError>([&] { (void)images[-1]; }, {"row -1"});
  expect<UsageError>([&] { (void)images(0, 2, 0, 0); },
                     {"element {2, 0, 0} of a row", "rows have the shape {2, 3, 1}"});
  expect<UsageError>([&] { (void)images(0, 1, 1); }, {"element {1, 1} of a row"});
}

BOOST_AUTO_TEST_CASE(of_a_batch) {
  data::Loader loader(data::from(five_images()).batch(2, data::Tail::pad));
  data::Batch rows;
  loader.start_epoch(0);
  std::int64_t first = 0;
  for (; loader.next(rows); first += 2) {
    const data::FieldView<float> images = loader.field<float>(rows, "image");
    const auto mask = loader.field<const float>(rows, "mask");
    const std::int64_t samples = std::min<std::int64_t>(2, 5 - first);
    BOOST_TEST(images.rows() == 2);
    for (std::int64_t i = 0; i < samples; ++i) {
      BOOST_TEST(images(i, 1, 2, 0) == static_cast<float>(100 * (first + i) + 12));
      BOOST_TEST(loader.field<std::int64_t>(rows, "id")(i) == 1000 + first + i);
    }
    BOOST_TEST(mask(1) == (samples == 2 ? 1.0F : 0.0F));
    images(0, 0, 0, 0) = -1;
    BOOST_TEST(loader.field<float>(rows, "image")[0][0] == -1.0F);
    expect<UsageError>([&] { (void)loader.field<double>(rows, "image"); },
                       {"field 'image' of the batch is f32, but was requested as f64"});
    expect<UsageError>([&] { (void)loader.field<float>(rows, "label"); },
                       {"the batch has no field 'label'; it has 'image', 'id', 'odd', 'mask'"});
  }
  BOOST_TEST(first == 6);
}

BOOST_AUTO_TEST_CASE(of_a_sample) {
  double seen = 0;
  const auto read_all = [](const data::Pipeline& data) {
    data::Loader loader(data);
    data::Batch rows;
    loader.start_epoch(0);
    while (loader.next(rows)) {
    }
  };
  read_all(data::from(five_images()).map([&](data::Sample& sample) {
    seen += double{sample.field<const float>("image", {2, 3, 1})[5]};
  }));
  BOOST_TEST(seen == 5 * 12 + 100 * (1 + 2 + 3 + 4));
  expect<UsageError>(
      [&] {
        read_all(data::from(five_images()).map([](data::Sample& sample) {
          (void)sample.field<float>("image", {3, 2, 1});
        }));
      },
      {"a transform requested field 'image' with rows of {3, 2, 1}, but its rows are {2, 3, 1}"});
  expect<UsageError>(
      [&] {
        read_all(data::from(five_images()).map([](data::Sample& sample) {
          (void)sample.field<double>("image", {2, 3, 1});
        }));
      },
      {"requested field 'image' as f64"});
}

BOOST_AUTO_TEST_SUITE_END()
