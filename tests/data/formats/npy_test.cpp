#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/data/formats/npy.hpp>
#include <foregraph/detail/data/formats/npy_array.hpp>
#include <random>

#include "support/expect.hpp"
#include "support/npy_file.hpp"
#include "support/rows.hpp"
#include "support/temporary_folder.hpp"

using namespace foregraph;
using namespace foregraph::test;

namespace {

std::string floats(int count) {
  std::string bytes;
  for (int i = 0; i < count; ++i) bytes += bytes_of(static_cast<float>(i));
  return bytes;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(npy_files)

BOOST_AUTO_TEST_CASE(arrays_of_several_types) {
  const TemporaryFolder folder;
  std::string labels;
  for (int i = 0; i < 4; ++i) labels += bytes_of(std::int64_t{i} << 33);
  const auto x = folder.write("x.npy", test::npy("<f4", "(4, 2, 3)", floats(24)));
  const auto y = folder.write("y.npy", test::npy("<i8", "(4,)", labels, 2));
  const data::Dataset data = data::read_npy({{"x", x}, {"label", y}});
  BOOST_TEST(data.size() == 4);
  BOOST_TEST((data.fields()[0] == data::FieldSpec{"x", f32, {2, 3}}));
  BOOST_TEST((data.fields()[1] == data::FieldSpec{"label", i64, {}}));
  BOOST_TEST(!data.in_memory(0));
  BOOST_TEST((row_of<float>(data, "x", 3) == std::vector<float>{18, 19, 20, 21, 22, 23}));
  BOOST_TEST(row_of<std::int64_t>(data, "label", 3)[0] == std::int64_t{3} << 33);
  BOOST_TEST(foregraph::data::npy({{"x", x}}).batch(3).batches_per_epoch() == 2);
}

BOOST_AUTO_TEST_CASE(every_type_and_version) {
  const TemporaryFolder folder;
  const auto read = [&](const std::string& descr, const std::string& value,
                        std::optional<DType> as = {}, int version = 1) {
    return data::read_npy(
        {{"x", folder.write("x.npy", test::npy(descr, "(1,)", value, version)), as}});
  };
  BOOST_TEST(row_of<double>(read("<f8", bytes_of(0.1), {}, 3), "x", 0)[0] == 0.1);
  BOOST_TEST(row_of<std::int32_t>(read("<i4", bytes_of(-7)), "x", 0)[0] == -7);
  BOOST_TEST(row_of<std::uint8_t>(read("|b1", "\1"), "x", 0)[0] == 1);
  BOOST_TEST(row_of<float>(read("|u1", "\xff", f32), "x", 0)[0] == 255.0F);
  BOOST_TEST(row_of<std::int32_t>(read("|i1", "\xff", i32), "x", 0)[0] == -1);
  BOOST_TEST(row_of<double>(read("<u2", "\xff\xff", f64), "x", 0)[0] == 65535.0);
  BOOST_TEST(row_of<std::int64_t>(read("<i2", "\xfe\xff", i64), "x", 0)[0] == -2);
  BOOST_TEST(row_of<float>(read("<f8", bytes_of(0.1), f32), "x", 0)[0] == 0.1F);
  BOOST_TEST(row_of<std::int32_t>(read("<i8", bytes_of(std::int64_t{5}), i32), "x", 0)[0] == 5);
  BOOST_TEST(row_of<std::uint8_t>(read("|u1", "\1", boolean), "x", 0)[0] == 1);

  expect<DataError>([&] { (void)read("|u1", "\1"); }, {"x.npy: it holds u8", "NpyField::as"});
  expect<DataError>([&] { (void)read("<f4", bytes_of(1.0F), i64); },
                    {"f32", "cannot be read as i64"});
  expect<DataError>([&] { (void)read("<i4", bytes_of(1), boolean); },
                    {"i32", "cannot be read as bool"});
  const data::Dataset wide = read("<i8", bytes_of(std::int64_t{1} << 31), i32);
  expect<DataError>([&] { (void)row_of<std::int32_t>(wide, "x", 0); },
                    {"x.npy: sample 0, field 'x'", "2147483648 is out of the range of i32"});
  const data::Dataset no_truth = read("|b1", "\2");
  expect<DataError>([&] { (void)row_of<std::uint8_t>(no_truth, "x", 0); }, {"2 is not a boolean"});
}

BOOST_AUTO_TEST_CASE(headers_as_other_programs_write_them) {
  const std::string values = floats(6);
  for (const char* dictionary :
       {"{\"shape\":(3,2),\"descr\":\"<f4\",\"fortran_order\":False}",
        "{ 'fortran_order' : False , 'shape' : ( 3 , 2 , ) , 'descr' : '<f4' }  "}) {
    const std::string bytes = npy_with(dictionary, values);
    const detail::NpyHeader header = detail::parse_npy_header("a", std::as_bytes(std::span(bytes)));
    BOOST_TEST((header.shape == std::vector<std::int64_t>{3, 2}));
    BOOST_TEST(header.first % 64 == 0);
  }
}

BOOST_AUTO_TEST_CASE(wrong_files_are_refused) {
  const TemporaryFolder folder;
  const auto refused = [&](const std::string& content, std::initializer_list<const char*> parts) {
    const auto path = folder.write("x.npy", content);
    expect<DataError>([&] { (void)data::read_npy({{"x", path}}); }, {"x.npy: "});
    expect<DataError>([&] { (void)data::read_npy({{"x", path}}); }, parts);
  };
  const std::string good = test::npy("<f4", "(2, 3)", floats(6));
  refused("", {"starts with ''", "not an .npy file"});
  refused("PK\3\4......", {"starts with 'PK??..'", "not an .npy file"});
  refused(good.substr(0, 9), {"ends inside its header, after 9 bytes"});
  refused(good.substr(0, 60), {"the header has 118 bytes", "after 50"});
  refused(test::npy("<f4", "(2, 3)", floats(6), 4), {"version is 4.0", "1.0, 2.0 or 3.0"});
  refused(good + "x", {"25 bytes of values", "expected 24 for shape (2,3,) of f32"});
  refused(good.substr(0, good.size() - 1), {"23 bytes of values", "expected 24"});
  refused(npy_with("{'descr': '<f4', 'fortran_order': True, 'shape': (2, 3)}", floats(6)),
          {"Fortran order", "numpy.ascontiguousarray(array)"});
  refused(test::npy(">f4", "(2, 3)", floats(6)), {"big endian ('>f4')", "array.astype('<f4')"});
  for (const char* type : {"<f2", "<c8", "<U3", "|O", "<u4", "<M8[ns]", "", "f4", "=f4", "|f4"})
    refused(test::npy(type, "(2, 3)", floats(6)), {"type is '", type, "astype"});
  refused(test::npy("<f4", "()", floats(1)), {"no axes"});
  refused(test::npy("<f4", "(0, 3)", ""), {"axis 0", "size 0"});
  refused(test::npy("<f4", "(3, 0)", ""), {"axis 1", "size 0"});
  refused(test::npy("<f4", "(4294967296, 4294967296)", ""), {"does not fit in memory"});
  refused(test::npy("<f4", "(99999999999999999999,)", ""), {"a size below 2^63"});

  expect<UsageError>([] { (void)data::read_npy({}); }, {"no fields"});
  expect<FileError>([&] { (void)data::read_npy({{"x", folder / "none.npy"}}); }, {"none.npy"});
  const auto x = folder.write("x.npy", good);
  const auto y = folder.write("y.npy", test::npy("<f4", "(3,)", floats(3)));
  expect<DataError>(
      [&] {
        (void)data::read_npy({{"x", x}, {"y", y}});
      },
      {"'y' has 3 rows", "have 2"});
}

BOOST_AUTO_TEST_CASE(malformed_dictionaries_are_refused) {
  const auto refused = [](const std::string& dictionary, std::initializer_list<const char*> parts) {
    const std::string bytes = npy_with(dictionary, floats(6));
    expect<DataError>(
        [&] { (void)detail::parse_npy_header("a.npy", std::as_bytes(std::span(bytes))); }, parts);
  };
  refused("", {"a.npy: byte 64 of the .npy header: expected '{', got its end"});
  refused("{}", {"expected 'descr', 'fortran_order' and 'shape'"});
  refused("{'descr': '<f4', 'fortran_order': False}", {"and 'shape' before the end"});
  refused("{'descr': '<f4', 'descr': '<f4'}", {"each key once"});
  refused("{'type': '<f4'}", {"byte 11", "the key 'descr'", "got ''type'"});
  refused("{'descr': [('a', '<f4')]}", {"a type such as", "structured arrays"});
  refused("{'descr': '<f4", {"a closing quote"});
  refused("{'descr': '\\x3cf4'}", {"without backslashes"});
  refused("{'descr' '<f4'}", {"expected ':'"});
  refused("{'fortran_order': 0}", {"True or False"});
  refused("{'shape': 6}", {"expected '('"});
  refused("{'shape': (6)}", {"a tuple"});
  refused("{'shape': (-6,)}", {"a size or ')'"});
  refused("{'shape': (2, 3", {"expected ')'"});
  refused("{'shape': (2,, 3)}", {"a size or ')'"});
  refused("{'shape': (6,) 'descr'", {"expected '}'"});
  refused("{'descr': '<f4', 'fortran_order': False, 'shape': (6,)} {}", {"the end of the header"});
}

// Whatever the bytes are, it is an array that is there as a whole or a DataError.
BOOST_AUTO_TEST_CASE(mutated_files_are_read_or_refused) {
  const std::uint64_t seed = std::random_device{}();
  BOOST_TEST_CONTEXT("seed " << seed) {
    std::mt19937_64 random(seed);
    const std::string alphabet =
        "{}()[]',:\"\\ <>|=0123456789fiubTrueFalsdcpn_oh\n\xff\1\2\3" + std::string(1, '\0');
    int read = 0;
    for (int round = 0; round < 20000; ++round) {
      std::string bytes = test::npy("<f4", "(2, 3)", floats(6), 1 + round % 3);
      for (std::uint64_t change = 1 + random() % 4; change-- > 0 && !bytes.empty();) {
        const std::size_t at = random() % std::min<std::size_t>(bytes.size(), 80);
        const char letter = alphabet[random() % alphabet.size()];
        switch (random() % 4) {
          case 0:
            bytes[at] = letter;
            break;
          case 1:
            bytes.insert(at, 1, letter);
            break;
          case 2:
            bytes.erase(at, 1 + random() % 3);
            break;
          default:
            if (random() % 8 == 0) bytes.resize(random() % bytes.size());
        }
      }
      // A copy of exact size, so that a sanitizer sees what is read beyond it.
      const std::vector<std::byte> exact(
          reinterpret_cast<const std::byte*>(bytes.data()),
          reinterpret_cast<const std::byte*>(bytes.data()) + bytes.size());
      try {
        const auto source =
            detail::make_npy_source("a.npy", detail::own_bytes(exact), "x", f64, "as");
        std::vector<double> row(static_cast<std::size_t>(source->fields()[0].row_elements()));
        std::byte* const to[] = {reinterpret_cast<std::byte*>(row.data())};
        for (std::int64_t i = 0; i < source->size(); ++i) source->read(i, to);
        ++read;
      } catch (const DataError&) {
      }
    }
    BOOST_TEST(read > 100);
  }
}

BOOST_AUTO_TEST_SUITE_END()
