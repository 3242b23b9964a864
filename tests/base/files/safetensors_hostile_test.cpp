// Files that are cut off, damaged or malicious: each is refused with the file and the place.
#include <sys/stat.h>

#include <boost/test/unit_test.hpp>
#include <cerrno>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/base/files/safetensors.hpp>

#include "support/expect.hpp"
#include "support/folder.hpp"

using namespace foregraph;
using namespace foregraph::test;

namespace {

/// A file of these bytes.
void refused_file(const std::string& content, std::initializer_list<const char*> parts) {
  const Folder folder;
  write_plainly(folder / "bad", content);
  expect<DataError>([&] { Safetensors{folder / "bad"}; }, {"/bad: "});
  expect<DataError>([&] { Safetensors{folder / "bad"}; }, parts);
}
void refused(const std::string& header, std::initializer_list<const char*> parts,
             const std::string& data = "") {
  refused_file(safetensors_text(header, data), parts);
}
/// {"t": entry}
void refused_entry(const std::string& entry, std::initializer_list<const char*> parts) {
  refused("{\"t\":" + entry + "}", {"header, tensor 't': "}, "12345678");
  refused("{\"t\":" + entry + "}", parts, "12345678");
}
std::string entry(const std::string& dtype, const std::string& shape, const std::string& offsets) {
  return R"({"dtype":")" + dtype + R"(","shape":)" + shape + R"(,"data_offsets":)" + offsets + "}";
}
std::string named(const std::string& name, const std::string& shape, const std::string& offsets) {
  return '"' + name + "\":" + entry("U8", shape, offsets);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(hostile_safetensors)

BOOST_AUTO_TEST_CASE(no_file) {
  const Folder folder;
  try {
    Safetensors{folder / "none"};
    BOOST_ERROR("nothing was thrown");
  } catch (const FileError& error) {
    BOOST_TEST(error.error_number() == ENOENT);
  }
  expect<FileError>([&] { Safetensors{folder.path()}; }, {"not a regular file"});
  BOOST_REQUIRE(::mkfifo((folder / "pipe").c_str(), 0600) == 0);
  expect<FileError>([&] { Safetensors{folder / "pipe"}; }, {"pipe'", "not a regular file"});
}

BOOST_AUTO_TEST_CASE(lengths) {
  refused_file("", {"has 0 bytes, expected", "truncated"});
  refused_file("123456789", {"has 9 bytes"});
  refused_file(std::string(10, '\0'), {"does not start with '{'"});
  refused_file(std::string("\x03\0\0\0\0\0\0\0{}", 10), {"length is 3 bytes, but only 2 follow"});
  refused_file(std::string(8, '\xff') + "{}",
               {"length is 18446744073709551615", "at most 100000000"});
  refused_file(std::string("\x01\xe1\xf5\x05\0\0\0\0{}", 10), {"length is 100000001", "at most"});
  refused_file(std::string("\x00\xe1\xf5\x05\0\0\0\0{}", 10), {"is 100000000 bytes, but only 2"});
}

BOOST_AUTO_TEST_CASE(json) {
  for (const char* header : {"{ ", "{}}", "{\"", "{\"a", "{\"a\"}", "{\"a\":}", "{,}", "{'a':1}",
                             "{} x", "{}{}", "{/* */}", "{\"\xff\":1}", "{\"\xed\xa0\x80\":1}",
                             "{\"\\ud800\":1}", "{\"a\nb\":1}", "{\"\\x\":1}", "{\x01}"})
    refused(header, {"header, byte ", "not valid JSON in UTF-8"});
  refused(" {}", {"does not start with '{'"});
  refused("[]", {"does not start with '{'"});
  refused("\xef\xbb\xbf{}", {"does not start with '{'"});
  refused(std::string("{}\0x", 4), {"header, byte 2: a zero"});
  refused(std::string("{\"a\0\":1}", 8), {"header, byte 3: a zero"});
}

BOOST_AUTO_TEST_CASE(nesting) {
  refused("{\"a\":" + std::string(1'000'000, '['),
          {"tensor 'a': got an array, expected an object"});
  std::string objects;
  for (int i = 0; i < 100'000; ++i) objects += "{\"a\":";
  refused(objects, {"tensor 'a': it has a field 'a', expected dtype"});
  refused_entry(entry("U8", "[[8]]", "[0,8]"), {"got an array, expected numbers"});
  refused_entry(entry("U8", "{}", "[0,8]"), {"got an object, expected an array"});
  refused(R"({"__metadata__":{"a":{}}})", {"__metadata__: got an object, expected a string"});
}

BOOST_AUTO_TEST_CASE(members) {
  for (const char* value : {"1", "1.5", "-1", "null", "true", "\"x\"", "[]"})
    refused("{\"t\":" + std::string(value) + "}", {"tensor 't': got ", "expected an object"});
  refused_entry("{}", {"it has no dtype"});
  refused_entry(R"({"dtype":"U8","data_offsets":[0,8]})", {"it has no shape"});
  refused_entry(R"({"dtype":"U8","shape":[8]})", {"it has no data_offsets"});
  refused_entry(R"({"dtype":"U8","dtype":"U8"})", {"dtype appears twice"});
  refused_entry(R"({"shape":[],"shape":[]})", {"shape appears twice"});
  refused_entry(R"({"stride":[]})", {"a field 'stride', expected dtype, shape and data_offsets"});
  refused_entry(entry("U9", "[8]", "[0,8]"), {"dtype is 'U9'", "does not support"});
  refused_entry(entry("f32", "[2]", "[0,8]"), {"dtype is 'f32'"});
  refused_entry(R"({"dtype":8,"shape":[8],"data_offsets":[0,8]})",
                {"got the number 8", "a string"});
  refused("{" + named("a", "[4]", "[0,4]") + ',' + named("a", "[4]", "[4,8]") + "}",
          {"tensor 'a': it appears twice"}, "12345678");
  refused(R"({"__metadata__":{"k":"1","k":"2"}})", {"__metadata__: the key 'k' appears twice"});
  refused(R"({"__metadata__":{},"__metadata__":{}})", {"header: __metadata__ appears twice"});
  for (const char* value : {"1", "null", "[]", "{\"k\":1}", "{\"k\":null}", "\"text\""})
    refused("{\"__metadata__\":" + std::string(value) + "}", {"header, __metadata__: got "});
}

BOOST_AUTO_TEST_CASE(numbers) {
  refused_entry(entry("U8", "[-8]", "[0,8]"), {"the shape has -8, expected whole numbers"});
  refused_entry(entry("U8", "[-9223372036854775808]", "[0,8]"), {"has -9223372036854775808"});
  refused_entry(entry("U8", "[-0]", "[0,8]"), {"the shape has -0"});
  refused_entry(entry("U8", "[8.0]", "[0,8]"), {"the shape has 8.0"});
  refused_entry(entry("U8", "[8]", "[0,8e0]"), {"data_offsets has 8e0"});
  refused_entry(entry("U8", "[8]", "[0,1e999]"), {"data_offsets has 1e999"});
  refused_entry(entry("U8", "[18446744073709551616]", "[0,8]"), {"has 18446744073709551616"});
  refused_entry(entry("U8", "[\"8\"]", "[0,8]"), {"got the string '8', expected numbers"});
  refused_entry(entry("U8", "[8]", "[8]"), {"data_offsets has 1 numbers, expected 2"});
  refused_entry(entry("U8", "[8]", "[]"), {"data_offsets has 0 numbers"});
  refused_entry(entry("U8", "[8]", "[0,8,8]"), {"more than 2 numbers"});
  std::string ones = "[1";
  for (int i = 0; i < 64; ++i) ones += ",1";
  refused_entry(entry("U8", ones + "]", "[0,1]"), {"more than 64 dimensions"});
}

BOOST_AUTO_TEST_CASE(sizes) {
  refused_entry(entry("I32", "[2,18446744073709551614]", "[0,8]"), {"does not fit in 64 bits"});
  refused_entry(entry("I32", "[2,9223372036854775807]", "[0,8]"), {"does not fit in 64 bits"});
  refused_entry(entry("U8", "[4294967296,4294967296]", "[0,0]"), {"does not fit in 64 bits"});
  refused_entry(entry("U8", "[0,4294967296,4294967296,4294967296]", "[0,0]"), {"does not fit"});
  refused_entry(entry("F4", "[3]", "[0,1]"), {"12 bits, expected a whole number of bytes"});
  refused_entry(entry("F32", "[1]", "[0,8]"), {"hold 8 bytes, but F32[1] takes 4"});
  refused_entry(entry("U8", "[]", "[0,8]"), {"but U8[] takes 1"});
}

BOOST_AUTO_TEST_CASE(ranges) {
  refused_entry(entry("U8", "[8]", "[8,0]"), {"[8,0] are not a range within the 8 bytes"});
  refused_entry(entry("U8", "[9]", "[0,9]"),
                {"[0,9] are not a range within the 8 bytes", "truncated"});
  refused_entry(entry("U8", "[2]", "[18446744073709551615,1]"), {"not a range"});
  refused_entry(entry("U8", "[7]", "[1,8]"), {"begins at 1", "ends at 0; expected no holes"});
  const auto both = [](const std::string& a, const std::string& b) {
    return "{" + a + ',' + b + "}";
  };
  refused(both(named("a", "[4]", "[0,4]"), named("b", "[5]", "[3,8]")),
          {"tensor 'b'", "begins at 3", "ends at 4; expected no overlaps"}, "12345678");
  refused(both(named("a", "[8]", "[0,8]"), named("b", "[8]", "[0,8]")), {"expected no overlaps"},
          "12345678");
  refused(both(named("a", "[3]", "[0,3]"), named("b", "[4]", "[4,8]")), {"expected no holes"},
          "12345678");
  refused("{" + named("a", "[7]", "[0,7]") + "}",
          {"the tensors end at byte 7 of the data, but the file has 8"}, "12345678");
  refused("{}", {"the tensors end at byte 0"}, "x");
}

BOOST_AUTO_TEST_CASE(names_in_messages_are_short_and_printable) {
  const Folder folder;
  write_plainly(folder / "bad",
                safetensors_text("{\"\\u001b[2J" + std::string(100'000, 'n') + "\":1}"));
  try {
    Safetensors{folder / "bad"};
    BOOST_ERROR("nothing was thrown");
  } catch (const DataError& error) {
    const std::string text = error.what();
    BOOST_TEST(text.size() < 300U);
    BOOST_TEST(text.find("tensor '\\x1b[2Jnnn") != std::string::npos);
  }
}

BOOST_AUTO_TEST_SUITE_END()
