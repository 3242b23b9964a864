#include <zlib.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/data/formats/idx.hpp>

#include "support/expect.hpp"
#include "support/rows.hpp"
#include "support/temporary_folder.hpp"

using namespace foregraph;
using namespace foregraph::test;

namespace {

std::string big_endian(std::uint32_t value) {
  std::string bytes = bytes_of(value);
  std::reverse(bytes.begin(), bytes.end());
  return bytes;
}

std::string header(int type, const std::vector<std::uint32_t>& shape) {
  std::string bytes{0, 0, static_cast<char>(type), static_cast<char>(shape.size())};
  for (const std::uint32_t size : shape) bytes += big_endian(size);
  return bytes;
}

std::string images(std::uint32_t count) {  // 2 x 3 pixels: 0, 1, 2, ...
  std::string bytes = header(8, {count, 2, 3});
  for (std::uint32_t i = 0; i < count * 6; ++i) bytes += static_cast<char>(i);
  return bytes;
}
std::string label_file(std::uint32_t count) {
  std::string bytes = header(8, {count});
  for (std::uint32_t i = 0; i < count; ++i) bytes += static_cast<char>(250 + i % 6);
  return bytes;
}

std::filesystem::path write_gzip(const TemporaryFolder& folder, const std::string& name,
                                 const std::string& content) {
  const auto path = folder / name;
  const gzFile file = ::gzopen(path.c_str(), "wb");
  ::gzwrite(file, content.data(), static_cast<unsigned>(content.size()));
  ::gzclose(file);
  return path;
}

std::string idx_content_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(idx_files)

BOOST_AUTO_TEST_CASE(images_and_labels_packed_or_not) {
  const TemporaryFolder folder;
  const auto plain_x = folder.write("x", images(20));
  const auto plain_y = folder.write("y", label_file(20));
  const auto packed_x = write_gzip(folder, "packed_x", images(20));
  const auto packed_y = write_gzip(folder, "packed_y", label_file(20));
  for (const data::Dataset& data :
       {data::read_idx(plain_x, plain_y), data::read_idx(packed_x, packed_y)}) {
    BOOST_TEST(data.size() == 20);
    BOOST_TEST((data.fields()[0] == data::FieldSpec{"x", f32, {2, 3, 1}}));
    BOOST_TEST((data.fields()[1] == data::FieldSpec{"label", i32, {}}));
    for (int i = 0; i < 20; ++i) {
      const std::vector<float> x = row_of<float>(data, "x", i);
      for (int p = 0; p < 6; ++p)
        BOOST_TEST(x[static_cast<std::size_t>(p)] == static_cast<float>(6 * i + p) / 255.0F);
      BOOST_TEST(row_of<std::int32_t>(data, "label", i)[0] == 250 + i % 6);
    }
  }
  BOOST_TEST(data::idx(packed_x, plain_y).batch(8).batches_per_epoch() == 3);
}

BOOST_AUTO_TEST_CASE(bytes_as_they_are_and_other_names) {
  const TemporaryFolder folder;
  std::string content = header(8, {1, 1, 2, 3});
  for (const int value : {0, 127, 128, 254, 255, 1}) content += static_cast<char>(value);
  const auto x = folder.write("x", content);
  const auto y = folder.write("y", label_file(1));
  const data::Dataset data =
      data::read_idx(x, y, {.images = "image", .labels = "class", .divisor = 1});
  BOOST_TEST((data.fields()[0] == data::FieldSpec{"image", f32, {1, 2, 3}}));
  BOOST_TEST((row_of<float>(data, "image", 0) == std::vector<float>{0, 127, 128, 254, 255, 1}));
  BOOST_TEST(data.find("class") == 1);
  BOOST_TEST(row_of<float>(data::read_idx(x, y), "x", 0)[4] == 1.0F);
  expect<UsageError>([&] { (void)data::read_idx(x, y, {.divisor = 0}); }, {"IdxOptions::divisor"});
}

BOOST_AUTO_TEST_CASE(an_array_of_each_type) {
  const TemporaryFolder folder;
  const auto array = [&](int type, auto value) {
    std::string bytes = bytes_of(value);
    std::reverse(bytes.begin(), bytes.end());
    return folder.write("a", header(type, {2}) + std::string(bytes.size(), '\0') + bytes);
  };
  BOOST_TEST(row_of<std::int32_t>(data::read_idx_array(array(12, -123456789)), "x", 1)[0] ==
             -123456789);
  BOOST_TEST(row_of<float>(data::read_idx_array(array(13, 1.25F)), "x", 1)[0] == 1.25F);
  BOOST_TEST(row_of<double>(data::read_idx_array(array(14, -0.1)), "x", 1)[0] == -0.1);
  BOOST_TEST(row_of<float>(data::read_idx_array(array(14, -0.1), {.as = f32}), "x", 1)[0] == -0.1F);
  BOOST_TEST(row_of<std::int32_t>(data::read_idx_array(array(11, std::int16_t{-300}), {.as = i32}),
                                  "x", 1)[0] == -300);
  BOOST_TEST(row_of<std::int64_t>(data::read_idx_array(array(9, std::int8_t{-3}), {.as = i64}), "x",
                                  1)[0] == -3);
  const data::Dataset named =
      data::read_idx_array(array(8, std::uint8_t{7}), {.name = "y", .as = f32});
  BOOST_TEST(row_of<float>(named, "y", 1)[0] == 7.0F);
  BOOST_TEST(!named.in_memory(0));

  expect<DataError>([&] { (void)data::read_idx_array(array(8, std::uint8_t{7})); },
                    {"/a: it holds u8", "IdxArrayOptions::as"});
  expect<DataError>([&] { (void)data::read_idx_array(array(13, 1.0F), {.as = i32}); },
                    {"holds f32", "cannot be read as i32", "convert"});
}

BOOST_AUTO_TEST_CASE(wrong_files_are_refused) {
  const TemporaryFolder folder;
  const auto y = folder.write("y", label_file(4));
  const auto refused = [&](const std::string& content, std::initializer_list<const char*> parts) {
    const auto plain = folder.write("x", content);
    expect<DataError>([&] { (void)data::read_idx(plain, y); }, parts);
    const auto packed = write_gzip(folder, "z", content);
    expect<DataError>([&] { (void)data::read_idx(packed, y); }, parts);
  };
  refused("", {"ends inside its header"});
  refused(images(4).substr(0, 9), {"ends inside its header", "sizes"});
  refused("PNG.....", {"first bytes are 80, 78, 71", "not an IDX file"});
  refused(std::string{0, 0, 10, 1}, {"0, 0, 10", "not an IDX file"});
  refused(header(8, {}), {"byte 3", "no dimensions"});
  refused(header(8, {4, 0, 2}), {"byte 8", "size 0 of dimension 1"});
  refused(header(8, {1U << 31, 1U << 31, 1U << 31}), {"does not fit in memory"});
  refused(header(8, {1U << 20, 1U << 20, 1U << 20}), {"bytes of values", "1152921504606846976"});
  refused(images(4) + "x", {"expected 24 for shape {4, 2, 3} of u8"});
  refused(images(4).substr(0, 39), {"23 bytes of values", "expected 24"});
  refused(images(5), {"/y: it has 4 labels", "has 5 images"});
  refused(label_file(4),
          {"u8 of shape {4}", "expected images", "{images, rows, columns}", "order"});
  refused(header(13, {1, 1, 1}) + "1234", {"f32 of shape {1, 1, 1}", "expected images as u8"});
  expect<DataError>([&] { (void)data::read_idx(folder.write("x", images(4)), folder / "x"); },
                    {"expected labels as u8 of shape {labels}"});
  expect<FileError>([&] { (void)data::read_idx(folder / "none", y); }, {"none", "No such file"});
}

BOOST_AUTO_TEST_CASE(broken_gzip_data_are_refused) {
  const TemporaryFolder folder;
  const auto y = folder.write("y", label_file(40));
  const std::string whole = idx_content_of(write_gzip(folder, "x", images(40)));
  for (std::size_t size = 2; size < whole.size(); ++size)  // cut short anywhere
    expect<DataError>([&] { (void)data::read_idx(folder.write("cut", whole.substr(0, size)), y); },
                      {"cut"});
  std::string flipped = whole;  // a wrong checksum
  flipped[flipped.size() - 8] = static_cast<char>(flipped[flipped.size() - 8] ^ 1);
  expect<DataError>([&] { (void)data::read_idx(folder.write("flipped", flipped), y); },
                    {"flipped", "gzip data are corrupt", "download or copy the file again"});
}

BOOST_AUTO_TEST_SUITE_END()
