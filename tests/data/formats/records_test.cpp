#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/data/formats/records.hpp>
#include <foregraph/detail/data/loader/loader.hpp>
#include <limits>

#include "support/expect.hpp"
#include "support/rows.hpp"
#include "support/temporary_folder.hpp"

using namespace foregraph;
using namespace foregraph::test;

namespace {

/// Records of x f32[2], label i32, one byte of flag: 13 bytes.
std::string packed_records(int first, int count) {
  std::string bytes;
  for (int i = first; i < first + count; ++i)
    bytes += bytes_of(static_cast<float>(i)) + bytes_of(static_cast<float>(-i)) + bytes_of(10 * i) +
             static_cast<char>(i % 2);
  return bytes;
}
const data::RecordOptions packed_options{
    .fields = {{"x", f32, {2}}, {"label", i32}, {"flag", boolean}}};

using Floats = std::vector<float>;
using Ints = std::vector<std::int32_t>;

}  // namespace

BOOST_AUTO_TEST_SUITE(records_files)

BOOST_AUTO_TEST_CASE(fields_lie_anywhere_in_a_record) {
  const TemporaryFolder folder;
  std::string content = "header..";
  for (int i = 0; i < 5; ++i)
    content += bytes_of(i) + bytes_of(i + 0.5F) + bytes_of(i + 0.25F) + "skip";
  const data::Dataset data = data::read_records(
      folder.write("a.bin", content),
      {.fields = {{"x", f32, {2}, 4}, {"y", i32, {}, 0}}, .record_bytes = 16, .header_bytes = 8});
  BOOST_TEST(data.size() == 5);
  BOOST_TEST((data.fields()[0] == data::FieldSpec{"x", f32, {2}}));
  // In a file that others may cut short, so that no address of it is handed out.
  BOOST_TEST(!data.in_memory(0));
  expect<UsageError>([&] { (void)data.row(0, 3); }, {"field 'x' are not in memory", "read()"});
  BOOST_TEST(row_of<std::int32_t>(data, "y", 4)[0] == 4);
  BOOST_TEST((row_of<float>(data, "x", 3) == Floats{3.5F, 3.25F}));
}

BOOST_AUTO_TEST_CASE(unaligned_fields_and_booleans_are_copied) {
  const TemporaryFolder folder;
  const data::Dataset data =
      data::read_records(folder.write("a.bin", packed_records(0, 6)), packed_options);
  BOOST_TEST(data.size() == 6);
  for (std::size_t i = 0; i < 3; ++i) BOOST_TEST(!data.in_memory(i));
  for (int i = 0; i < 6; ++i) {
    BOOST_TEST((row_of<float>(data, "x", i) ==
                Floats{1.0F * static_cast<float>(i), -1.0F * static_cast<float>(i)}));
    BOOST_TEST(row_of<std::int32_t>(data, "label", i)[0] == 10 * i);
    BOOST_TEST(row_of<std::uint8_t>(data, "flag", i)[0] == i % 2);
  }
}

BOOST_AUTO_TEST_CASE(several_files_are_one_set_in_a_loader) {
  const TemporaryFolder folder;
  const auto a = folder.write("a.bin", packed_records(0, 3));
  const auto b = folder.write("b.bin", packed_records(3, 1));
  const auto c = folder.write("c.bin", packed_records(4, 4));
  const data::Dataset data = data::read_records({a, b, c}, packed_options);
  BOOST_TEST(data.size() == 8);
  for (int i = 0; i < 8; ++i) BOOST_TEST(row_of<std::int32_t>(data, "label", i)[0] == 10 * i);

  const data::Pipeline pipeline = data::records({a, b, c}, packed_options).shuffle(1).batch(3);
  BOOST_TEST(pipeline.batches_per_epoch() == 3);
  BOOST_TEST(pipeline.dataset().size() == 8);
}

BOOST_AUTO_TEST_CASE(stored_types_are_converted_where_asked_for) {
  const TemporaryFolder folder;
  const std::string content = bytes_of<std::uint8_t>(200) + bytes_of<std::int8_t>(-100) +
                              bytes_of<std::uint16_t>(60000) + bytes_of<std::int16_t>(-30000) +
                              bytes_of<std::int64_t>(1LL << 40) + bytes_of(0.1);
  const data::Dataset data = data::read_records(
      folder.write("a.bin", content), {.fields = {{"a", f32, {}, -1, data::StoredType::uint8},
                                                  {"b", i32, {}, -1, data::StoredType::int8},
                                                  {"c", f32, {}, -1, data::StoredType::uint16},
                                                  {"d", i64, {}, -1, data::StoredType::int16},
                                                  {"e", i32, {}, -1, data::StoredType::int64},
                                                  {"f", f32, {}, -1, data::StoredType::float64}}});
  BOOST_TEST(row_of<float>(data, "a", 0)[0] == 200.0F);
  BOOST_TEST(row_of<std::int32_t>(data, "b", 0)[0] == -100);
  BOOST_TEST(row_of<float>(data, "c", 0)[0] == 60000.0F);
  BOOST_TEST(row_of<std::int64_t>(data, "d", 0)[0] == -30000);
  BOOST_TEST(row_of<float>(data, "f", 0)[0] == 0.1F);
  expect<DataError>([&] { (void)row_of<std::int32_t>(data, "e", 0); },
                    {"a.bin: sample 0, field 'e', element 0 (byte 6): 1099511627776",
                     "out of the range of i32", "its stored type, i64"});
}

BOOST_AUTO_TEST_CASE(bad_values_are_named_with_their_place) {
  const TemporaryFolder folder;
  const auto a = folder.write("a.bin", packed_records(0, 3));
  std::string content = packed_records(0, 2);
  content.back() = 7;
  const data::Dataset data =
      data::read_records({a, folder.write("b.bin", content)}, packed_options);
  BOOST_TEST(row_of<std::uint8_t>(data, "flag", 3)[0] == 0);
  expect<DataError>(
      [&] { (void)row_of<std::uint8_t>(data, "flag", 4); },
      {"b.bin: sample 1, field 'flag', element 0 (byte 25): 7", "not a boolean", "0 or 1"});
  const data::Dataset big =
      data::read_records(folder.write("c.bin", bytes_of(1e300) + bytes_of(1.0 / 0.0)),
                         {.fields = {{"x", f32, {}, 0, data::StoredType::float64}}});
  expect<DataError>([&] { (void)row_of<float>(big, "x", 0); }, {"1e+300", "range of f32"});
  BOOST_TEST(row_of<float>(big, "x", 1)[0] > 1e30F);
}

BOOST_AUTO_TEST_CASE(wrong_files_are_refused) {
  const TemporaryFolder folder;
  const auto refused = [&](const std::string& content, std::int64_t header,
                           std::initializer_list<const char*> parts) {
    data::RecordOptions options = packed_options;
    options.header_bytes = header;
    const auto path = folder.write("a.bin", content);
    expect<DataError>([&] { (void)data::read_records(path, options); }, parts);
  };
  refused(packed_records(0, 2) + "x", 0, {"a.bin", "27 bytes", "multiple of 13", "last 1"});
  refused("", 0, {"a.bin", "0 bytes", "records of 13"});
  refused("12345", 5, {"5 bytes", "header of 5"});
  refused("1234", 5, {"4 bytes", "header of 5"});
  expect<FileError>([&] { (void)data::read_records(folder / "none.bin", packed_options); },
                    {"none.bin", "No such file"});
}

BOOST_AUTO_TEST_CASE(wrong_options_are_refused) {
  const TemporaryFolder folder;
  const auto path = folder.write("a.bin", packed_records(0, 2));
  const auto refused = [&](const data::RecordOptions& options,
                           std::initializer_list<const char*> parts) {
    expect<UsageError>([&] { (void)data::records(path, options); }, parts);
  };
  refused({}, {"fields", "fields is empty"});
  refused({.fields = {{"x"}}, .record_bytes = -1}, {"record_bytes is -1"});
  refused({.fields = {{"x"}}, .header_bytes = -4}, {"header_bytes is -4"});
  refused({.fields = {{"x", f32, {}, -2}}}, {"'x' is at offset -2"});
  refused({.fields = {{"x", f32, {3}, 4}}, .record_bytes = 13}, {"ends at byte 16", "of 13"});
  refused({.fields = {{"x", f32, {0}}}}, {"'x'", "row shape is 0"});
  refused({.fields = {{"x", f32, {1LL << 32, 1LL << 32}}}}, {"'x'", "fit in memory"});
  refused({.fields = {{"x", f64, {}, std::numeric_limits<std::int64_t>::max()}}}, {"does not fit"});
  refused({.fields = {{"x", i32, {}, 0, data::StoredType::float32}}},
          {"f32 cannot be read as i32"});
  expect<UsageError>([] { (void)data::read_records(data::FilePaths{}, packed_options); },
                     {"no file"});
  expect<DataError>(
      [&] {
        (void)data::read_records(path, {.fields = {{"x", boolean}, {"x", boolean}}});
      },
      {"'x'"});
}

BOOST_AUTO_TEST_SUITE_END()
