// Readers of binary files under several workers at once.
#include <boost/test/unit_test.hpp>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/data/formats/npy.hpp>
#include <foregraph/detail/data/formats/records.hpp>
#include <foregraph/detail/data/loader/loader.hpp>

#include "support/expect.hpp"
#include "support/npy_file.hpp"
#include "support/temporary_folder.hpp"

using namespace foregraph;
using namespace foregraph::test;

namespace {

/// Row i holds a byte, i % 2, and the i32 10 i: not aligned.
std::string packed(int first, int count) {
  std::string bytes;
  for (int i = first; i < first + count; ++i)
    bytes += static_cast<char>(i % 2) + bytes_of(static_cast<std::int32_t>(10 * i));
  return bytes;
}
const data::RecordOptions options{.fields = {{"odd", boolean}, {"x", i32}}};

}  // namespace

BOOST_AUTO_TEST_SUITE(files_under_workers, *boost::unit_test::label("threads"))

BOOST_AUTO_TEST_CASE(each_sample_of_several_files_comes_once_and_right) {
  const TemporaryFolder folder;
  const data::FilePaths paths{folder.write("a", packed(0, 37)), folder.write("b", packed(37, 1)),
                              folder.write("c", packed(38, 62))};
  std::string mapped;
  for (int i = 0; i < 100; ++i) mapped += bytes_of(static_cast<float>(i));
  const auto array = folder.write("y.npy", test::npy("<f4", "(100,)", mapped));
  const data::Dataset data = data::read_records(paths, options);
  data::Loader loader(data::from(data).shuffle(3).batch(7).prefetch(3).workers(3));
  data::Loader other(
      foregraph::data::npy({{"y", array}}).shuffle(3).batch(7).prefetch(3).workers(3));
  for (std::int64_t epoch = 0; epoch < 3; ++epoch) {
    std::vector<int> seen(100, 0);
    loader.start_epoch(epoch);
    other.start_epoch(epoch);
    data::Batch batch;
    data::Batch same;
    while (loader.next(batch)) {
      BOOST_TEST_REQUIRE(other.next(same));
      for (std::int64_t i = 0; i < batch.size; ++i) {
        const auto row = static_cast<int>(batch.row_indices[static_cast<std::size_t>(i)]);
        ++seen[static_cast<std::size_t>(row)];
        BOOST_TEST(std::to_integer<int>(batch.field(0)[i]) == row % 2);
        BOOST_TEST(reinterpret_cast<const std::int32_t*>(batch.field(1))[i] == 10 * row);
        BOOST_TEST(reinterpret_cast<const float*>(same.field(0))[i] == static_cast<float>(row));
      }
    }
    BOOST_TEST(seen == std::vector<int>(100, 1), boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(a_bad_value_ends_the_epoch_with_its_place) {
  const TemporaryFolder folder;
  std::string bytes = packed(0, 20);
  bytes[5 * 13] = 9;
  data::Loader loader(
      data::records(folder.write("a", bytes), options).batch(4).prefetch(2).workers(2));
  loader.start_epoch(0);
  data::Batch batch;
  for (int i = 0; i < 3; ++i) BOOST_TEST(loader.next(batch));
  expect<DataError>([&] { (void)loader.next(batch); },
                    {"sample 13, field 'odd'", "(byte 65): 9", "not a boolean"});
}

BOOST_AUTO_TEST_SUITE_END()
