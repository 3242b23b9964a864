#include <minizip/zip.h>

#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/data/formats/npz.hpp>
#include <random>

#include "support/expect.hpp"
#include "support/npy_file.hpp"
#include "support/rows.hpp"
#include "support/temporary_folder.hpp"

using namespace foregraph;
using namespace foregraph::test;

namespace {

struct Member {
  std::string name;
  std::string content;
  bool deflated = false;
  bool zip64 = false;  ///< as NumPy writes its archives
};

std::filesystem::path write_zip(const std::filesystem::path& path,
                                const std::vector<Member>& members) {
  const zipFile file = ::zipOpen64(path.c_str(), APPEND_STATUS_CREATE);
  for (const Member& member : members) {
    ::zipOpenNewFileInZip64(file, member.name.c_str(), nullptr, nullptr, 0, nullptr, 0, nullptr,
                            member.deflated ? Z_DEFLATED : 0, Z_DEFAULT_COMPRESSION, member.zip64);
    ::zipWriteInFileInZip(file, member.content.data(),
                          static_cast<unsigned>(member.content.size()));
    ::zipCloseFileInZip(file);
  }
  ::zipClose(file, nullptr);
  return path;
}

std::string npz_content_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string npz_floats(int count) {
  std::string bytes;
  for (int i = 0; i < count; ++i) bytes += bytes_of(static_cast<float>(i));
  return bytes;
}

std::string images() {
  return test::npy("<f4", "(4, 2, 3)", npz_floats(24));
}
std::string labels() {
  return test::npy("|u1", "(4,)", "\3\2\1\377");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(npz_files)

BOOST_AUTO_TEST_CASE(arrays_stored_or_deflated) {
  const TemporaryFolder folder;
  for (const bool deflated : {false, true}) {
    // A name of each length, so that the arrays begin at aligned and unaligned bytes.
    for (std::size_t length = 1; length <= 8; ++length) {
      const std::string x(length, 'x');
      const auto path =
          write_zip(folder / "a.npz", {{x + ".npy", images(), deflated, length % 2 == 0},
                                       {"y_train.npy", labels(), deflated, length % 2 == 0}});
      const data::Dataset data = data::read_npz(path, {{x}, {"label", "y_train", i32}});
      BOOST_TEST(data.size() == 4);
      BOOST_TEST((data.fields()[0] == data::FieldSpec{x, f32, {2, 3}}));
      BOOST_TEST((data.fields()[1] == data::FieldSpec{"label", i32, {}}));
      BOOST_TEST(data.in_memory(0) == deflated);
      for (int i = 0; i < 4; ++i) {
        BOOST_TEST(row_of<float>(data, x, i)[5] == static_cast<float>(6 * i + 5));
        BOOST_TEST(row_of<std::int32_t>(data, "label", i)[0] == (i == 3 ? 255 : 3 - i));
      }
      BOOST_TEST(foregraph::data::npz(path, {{x}}).batch(3).batches_per_epoch() == 2);
    }
  }
}

BOOST_AUTO_TEST_CASE(what_was_mapped_outlives_the_file) {
  const TemporaryFolder folder;
  const auto path = write_zip(folder / "a.npz", {{"x.npy", images()}});
  const data::Dataset data = data::read_npz(path, {{"x"}});
  std::filesystem::remove(path);
  BOOST_TEST(row_of<float>(data, "x", 3)[5] == 23.0F);
}

BOOST_AUTO_TEST_CASE(wrong_files_are_refused) {
  const TemporaryFolder folder;
  const auto refused = [&](const std::filesystem::path& path,
                           const std::vector<data::NpzField>& fields,
                           std::initializer_list<const char*> parts) {
    expect<DataError>([&] { (void)data::read_npz(path, fields); }, parts);
  };
  const auto good = write_zip(folder / "a.npz", {{"x.npy", images()}, {"y.npy", labels(), true}});
  refused(good, {{"z"}}, {"a.npz: there is no array 'z'", "its arrays are 'x', 'y'"});
  refused(good, {{std::string(300, 'n')}}, {"there is no array"});
  refused(good, {{"y"}}, {"a.npz, array 'y': it holds u8", "NpzField::as"});
  refused(good, {{"x", "x", i32}}, {"array 'x'", "cannot be read as i32"});
  refused(write_zip(folder / "b.npz", {{"readme.txt", "hello"}}), {{"x"}},
          {"the file has no arrays"});
  refused(write_zip(folder / "c.npz", {{"x.npy", "hello"}}), {{"x"}},
          {"array 'x': it starts with 'hello'"});
  refused(folder.write("d.npz", ""), {{"x"}}, {"d.npz: the file has 0 bytes", "not a zip archive"});
  refused(folder.write("e.npz", npz_content_of(good).substr(0, 300)), {{"x"}},
          {"not a zip archive"});
  expect<FileError>([&] { (void)data::read_npz(folder / "none.npz", {{"x"}}); }, {"none.npz"});
  expect<UsageError>([&] { (void)data::read_npz(good, {}); }, {"no fields"});

  std::vector<Member> many;
  for (int i = 0; i < 25; ++i) many.push_back({"a" + std::to_string(i) + ".npy", images()});
  refused(write_zip(folder / "f.npz", many), {{"x"}}, {"'a0', 'a1'", "'a19' and 5 more"});
}

// Members are changed where the list at the end of the archive describes them.
BOOST_AUTO_TEST_CASE(wrong_members_are_refused) {
  const TemporaryFolder folder;
  const auto refused = [&](bool deflated, std::size_t entry_byte, const std::string& bytes,
                           std::initializer_list<const char*> parts) {
    std::string content =
        npz_content_of(write_zip(folder / "a.npz", {{"x.npy", images(), deflated}}));
    content.replace(content.rfind("PK\1\2") + entry_byte, bytes.size(), bytes);
    const auto path = folder.write("b.npz", content);
    expect<DataError>([&] { (void)data::read_npz(path, {{"x"}}); },
                      {"b.npz: 'x.npy' in the archive"});
    expect<DataError>([&] { (void)data::read_npz(path, {{"x"}}); }, parts);
  };
  refused(true, 8, "\1", {"is encrypted", "without a password"});
  refused(true, 10, "\14", {"compressed with method 12", "numpy.savez()"});
  refused(true, 24, "\xff\xff\xff\x7f", {"unpacked 2147483647", "more than a file of"});
  refused(true, 20, "\xff\xff\xff\x7f", {"has 2147483647 bytes", "more than a file of"});
  refused(false, 24, bytes_of<std::uint32_t>(100), {"does not match the archive"});
  refused(true, 16, "\1\2\3\4", {"does not match the archive"});

  std::string content = npz_content_of(write_zip(folder / "a.npz", {{"x.npy", images(), true}}));
  content[60] = static_cast<char>(content[60] ^ 0x55);
  const auto path = folder.write("c.npz", content);
  expect<DataError>([&] { (void)data::read_npz(path, {{"x"}}); }, {"c.npz: 'x.npy'", "is corrupt"});
}

// Whatever the bytes are, they are arrays that are there as a whole or a DataError.
BOOST_AUTO_TEST_CASE(mutated_files_are_read_or_refused) {
  const TemporaryFolder folder;
  const std::uint64_t seed = std::random_device{}();
  BOOST_TEST_CONTEXT("seed " << seed) {
    std::mt19937_64 random(seed);
    const std::string stored = npz_content_of(
        write_zip(folder / "a.npz", {{"x.npy", images()}, {"y.npy", labels(), true}}));
    int read = 0;
    for (int round = 0; round < 2000; ++round) {
      std::string bytes = stored;
      for (std::uint64_t change = 1 + random() % 3; change-- > 0;) {
        const std::size_t list = bytes.find("PK\1\2");
        const bool in_list = list != bytes.npos && random() % 2 == 0;
        const std::size_t from = in_list ? list : 0;
        bytes[from + random() % (bytes.size() - from)] = static_cast<char>(random());
        if (random() % 16 == 0) bytes.resize(1 + random() % bytes.size());
      }
      try {
        const data::Dataset data =
            data::read_npz(folder.write("b.npz", bytes), {{"x", "x", f64}, {"y", "y", f64}});
        for (std::int64_t i = 0; i < data.size(); ++i) {
          (void)row_of<double>(data, "x", i);
          (void)row_of<double>(data, "y", i);
        }
        ++read;
      } catch (const DataError&) {
      }
    }
    BOOST_TEST(read > 20);
  }
}

BOOST_AUTO_TEST_CASE(very_many_arrays) {
  // It would take minutes if each array were looked for among all members.
  constexpr int count = 10'000;
  std::vector<Member> members;
  std::vector<data::NpzField> fields;
  for (int i = 0; i < count; ++i) {
    const std::string name = "a" + std::to_string(i);
    members.push_back(
        {name + ".npy", test::npy("|u1", "(2,)", std::string(2, static_cast<char>(i % 100)))});
    fields.push_back({name, "", i32});
  }
  members.push_back({"a1.npy", test::npy("|u1", "(2,)", "\77\77")});  // the first counts
  const TemporaryFolder folder;
  const data::Dataset data = data::read_npz(write_zip(folder / "many.npz", members), fields);
  BOOST_TEST(data.fields().size() == static_cast<std::size_t>(count));
  for (const int i : {0, 1, 4711, count - 1})
    BOOST_TEST(row_of<std::int32_t>(data, "a" + std::to_string(i), 1)[0] == i % 100);
}

BOOST_AUTO_TEST_CASE(a_deflated_array_that_claims_too_much) {
  const TemporaryFolder folder;
  const auto path = write_zip(folder / "a.npz", {{"x.npy", images(), true}});
  std::string bytes = npz_content_of(path);
  // The unpacked size is at byte 24 of its entry in the list of members, and at byte 22 before it.
  const std::size_t local = bytes.find("PK\x03\x04");
  const std::size_t entry = bytes.find("PK\x01\x02");
  BOOST_REQUIRE(entry != std::string::npos);
  for (const unsigned claimed : {static_cast<unsigned>(images().size()) + 1, 200'000U}) {
    for (std::size_t i = 0; i < 4; ++i)
      bytes[entry + 24 + i] = bytes[local + 22 + i] = static_cast<char>(claimed >> (8 * i) & 0xffU);
    const auto wrong = folder.write("wrong.npz", bytes);
    const std::string all = " of " + std::to_string(claimed) + " bytes could be decompressed";
    expect<DataError>([&] { (void)data::read_npz(wrong, {{"x"}}); },
                      {"'x.npy' in the archive", "is corrupt", all.c_str()});
  }
}

BOOST_AUTO_TEST_SUITE_END()
