#include <boost/test/unit_test.hpp>
#include <cstring>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/base/files/safetensors.hpp>

#include "support/expect.hpp"
#include "support/folder.hpp"

using namespace foregraph;
using namespace foregraph::test;

namespace {

template <class T>
NamedTensor tensor(std::string name, std::vector<std::int64_t> shape,
                   const std::vector<T>& values) {
  return {std::move(name), dtype_of<T>, std::move(shape), std::as_bytes(std::span(values))};
}
template <class T>
std::vector<T> copied(std::span<const T> values) {
  return {values.begin(), values.end()};
}

const std::vector<float> floats = {0, -1.5F, 2.25F, 3e30F, 4, 5};
const std::vector<double> doubles = {0.1, -2e300};
const std::vector<std::int32_t> ints = {-1, 2147483647};
const std::vector<std::int64_t> longs = {std::int64_t{1} << 62};
const std::uint8_t truths[] = {1, 0, 1};

std::vector<NamedTensor> one_of_each() {
  return {tensor("f", {2, 3}, floats),
          tensor("d", {2}, doubles),
          tensor("i", {1, 2, 1}, ints),
          tensor("l", {}, longs),
          NamedTensor{"b", boolean, {3}, std::as_bytes(std::span(truths))},
          tensor("none", {4, 0}, std::vector<float>{})};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(safetensors_files)

BOOST_AUTO_TEST_CASE(every_dtype_comes_back) {
  const Folder folder;
  const Metadata metadata = {{"a", "text"}, {"\"b\"\n\xc3\xa9", std::string("\0\x01\\", 3)}};
  write_safetensors(folder / "x", one_of_each(), metadata);
  const Safetensors file(folder / "x");
  BOOST_TEST(file.verify());
  BOOST_TEST(file.tensors().size() == 6U);
  BOOST_TEST((copied(file.values<float>("f")) == floats));
  BOOST_TEST((copied(file.values<double>("d")) == doubles));
  BOOST_TEST((copied(file.values<std::int32_t>("i")) == ints));
  BOOST_TEST((copied(file.values<std::int64_t>("l")) == longs));
  BOOST_TEST((copied(file.values<bool>("b")) == std::vector<bool>{true, false, true}));
  BOOST_TEST(file.values<float>("none").empty());
  BOOST_TEST((file.at("f").shape == std::vector<std::int64_t>{2, 3}));
  BOOST_TEST(file.at("l").shape.empty());
  BOOST_TEST(file.at("i").type() == "I32[1,2,1]");
  BOOST_TEST(file.metadata().size() == 3U);
  for (const auto& [key, value] : metadata) BOOST_TEST(file.metadata().at(key) == value);
  BOOST_TEST((file.find("g") == nullptr));
  std::vector<float> copy(6);
  file.copy_to("f", f32, std::as_writable_bytes(std::span(copy)));
  BOOST_TEST((copy == floats));
}

BOOST_AUTO_TEST_CASE(data_begin_at_64_bytes_and_elements_at_their_size) {
  const Folder folder;
  for (int length = 0; length < 70; length += 7) {
    auto tensors = one_of_each();
    tensors[0].name = std::string(static_cast<std::size_t>(length), 'n');
    write_safetensors(folder / "x", tensors);
    const std::string text = content_of(folder / "x");
    std::uint64_t header = 0;
    std::memcpy(&header, text.data(), 8);
    BOOST_TEST((8 + header) % 64 == 0U);
    const Safetensors file(folder / "x");
    BOOST_TEST(file.at(tensors[0].name).first % 4 == 0);
    BOOST_TEST(file.at("d").first % 8 == 0);
  }
}

// The bytes that the format's own implementation writes for a tensor "attn0" of F32[1,1,2,3].
BOOST_AUTO_TEST_CASE(a_file_of_the_reference_implementation) {
  std::string data(24, '\0');
  const float values[] = {0, 1, 2, 3, 4, 5};
  std::memcpy(data.data(), values, 24);
  const std::string header =
      R"({"attn0":{"dtype":"F32","shape":[1,1,2,3],"data_offsets":[0,24]}}       )";
  BOOST_REQUIRE(header.size() == 72U);
  const Folder folder;
  write_plainly(folder / "x", safetensors_text(header, data));
  const Safetensors file(folder / "x");
  BOOST_TEST(file.tensors().size() == 1U);
  BOOST_TEST(file.at("attn0").type() == "F32[1,1,2,3]");
  BOOST_TEST((copied(file.values<float>("attn0")) == std::vector<float>{0, 1, 2, 3, 4, 5}));
  BOOST_TEST(!file.verify());  // it has no checksum of ours
}

BOOST_AUTO_TEST_CASE(what_others_may_write) {
  const Folder folder;
  write_plainly(folder / "empty", safetensors_text("{}"));
  BOOST_TEST(Safetensors(folder / "empty").tensors().empty());
  write_plainly(folder / "blanks", safetensors_text("{ \"__metadata__\" :\t{}\n}\r\n  "));
  BOOST_TEST(Safetensors(folder / "blanks").metadata().empty());
  // Any order of the members; types we do not compute with, also of less than a byte.
  write_plainly(folder / "types",
                safetensors_text(R"({"b":{"data_offsets":[5,8],"shape":[6],"dtype":"F4"},)"
                                 R"("a":{"dtype":"BF16","shape":[2],"data_offsets":[1,5]},)"
                                 R"("c":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}})",
                                 std::string(8, '\1')));
  const Safetensors file(folder / "types");
  BOOST_TEST(file.tensors()[0].name == "c");
  BOOST_TEST(file.tensors()[2].type() == "F4[6]");
  BOOST_TEST(file.at("a").size_bytes == 4);
  expect<DataError>([&] { (void)file.values<float>("a"); },
                    {"types: tensor 'a' is BF16[2], expected F32", "convert"});
}

BOOST_AUTO_TEST_CASE(an_odd_address_can_be_read_from) {
  const Folder folder;
  write_plainly(folder / "x",
                safetensors_text(R"({"b":{"dtype":"BOOL","shape":[1],"data_offsets":[0,1]},)"
                                 R"("f":{"dtype":"F32","shape":[1],"data_offsets":[1,5]}})",
                                 std::string("\2\0\0\x80\x3f", 5)));
  const Safetensors file(folder / "x");
  BOOST_TEST(file.values<float>("f")[0] == 1.0F);
  float one = 0;
  file.copy_to("f", f32, std::as_writable_bytes(std::span(&one, 1)));
  BOOST_TEST(one == 1.0F);
  expect<DataError>([&] { file.copy_to("f", f32, {}); }, {"F32[1]", "4 bytes, expected 0"});
  expect<DataError>([&] { (void)file.values<bool>("b"); }, {"element 0 is 2, expected 0 or 1"});
  expect<DataError>([&] { (void)file.at("g"); }, {"no tensor 'g'; the file has 'b', 'f'"});
}

BOOST_AUTO_TEST_CASE(any_flipped_bit_of_the_data_and_metadata_is_found) {
  const Folder folder;
  write_safetensors(folder / "x", one_of_each(), {{"epoch", "12"}});
  const std::string whole = content_of(folder / "x");
  std::uint64_t header = 0;
  std::memcpy(&header, whole.data(), 8);
  const auto refused = [&](std::size_t byte, int bit) {
    std::string text = whole;
    text[byte] = static_cast<char>(text[byte] ^ (1 << bit));
    write_plainly(folder / "y", text);
    expect<DataError>([&] { (void)Safetensors(folder / "y").verify(); },
                      {"/y: the checksum of the contents is", "foregraph.crc32 says '", "damaged"});
  };
  for (std::size_t byte = 8 + header; byte < whole.size(); ++byte)
    refused(byte, static_cast<int>(byte % 8));
  refused(whole.find("12"), 0);
  refused(whole.find("epoch"), 1);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_written) {
  const Folder folder;
  const auto refused = [&](const std::vector<NamedTensor>& tensors, const Metadata& metadata,
                           std::initializer_list<const char*> parts) {
    expect<UsageError>([&] { write_safetensors(folder / "x", tensors, metadata); }, parts);
  };
  refused({tensor("a", {5}, floats)}, {}, {"tensor 'a' was given 24 bytes", "takes 20"});
  refused({tensor("a", {-6, -1}, floats)}, {}, {"tensor 'a'", "negative"});
  refused({tensor("a", {std::int64_t{1} << 62, 4}, floats)}, {}, {"does not fit in 64 bits"});
  refused({tensor("a", {6}, floats), tensor("a", {2}, ints)}, {}, {"two tensors are called 'a'"});
  refused({tensor("__metadata__", {6}, floats)}, {}, {"reserved"});
  refused({tensor("\xff", {6}, floats)}, {}, {"not UTF-8"});
  refused({}, {{"k", "\xc3"}}, {"not UTF-8"});
  refused({}, {{"k", std::string(100'000'000, 'k')}}, {"the format allows 100000000"});
  BOOST_TEST(folder.names().empty());
}

BOOST_AUTO_TEST_SUITE_END()
