// Files that other programs cut short, rewrite, append to or replace while they are read.
#include <minizip/zip.h>

#include <boost/test/unit_test.hpp>
#include <chrono>
#include <filesystem>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/data/csv/csv.hpp>
#include <foregraph/detail/data/dataset/combine.hpp>
#include <foregraph/detail/data/formats/cifar.hpp>
#include <foregraph/detail/data/formats/idx.hpp>
#include <foregraph/detail/data/formats/npy.hpp>
#include <foregraph/detail/data/formats/npz.hpp>
#include <foregraph/detail/data/formats/records.hpp>
#include <foregraph/detail/data/loader/loader.hpp>
#include <functional>
#include <random>

#include "data/some_pipelines.hpp"
#include "support/expect.hpp"
#include "support/npy_file.hpp"
#include "support/rows.hpp"
#include "support/temporary_folder.hpp"

using namespace foregraph;
using namespace foregraph::test;

namespace {

constexpr int rows_in_file = 3000;

/// A reader of one file, and a file for it. Row i of "x" begins with i, or i % 100 where it is of
/// bytes.
struct FileKind {
  const char* name;
  std::function<std::filesystem::path(const TemporaryFolder&)> write;
  std::function<data::Dataset(const std::filesystem::path&)> open;
  int modulus;
};

std::string counted_floats(int first, int count, int width) {
  std::string bytes;
  for (int i = first; i < first + count; ++i)
    for (int k = 0; k < width; ++k) bytes += bytes_of(static_cast<float>(i + k * 10'000));
  return bytes;
}

std::string counted_lines(int first, int count) {
  std::string text;
  for (int i = first; i < first + count; ++i) text += std::to_string(i) + ",2.5,7\n";
  return text;
}

std::string npy_of_rows() {
  return test::npy("<f4", "(" + std::to_string(rows_in_file) + ", 8)",
                   counted_floats(0, rows_in_file, 8));
}

std::filesystem::path write_stored_zip(const std::filesystem::path& path) {
  const std::string content = npy_of_rows();
  const zipFile file = ::zipOpen64(path.c_str(), APPEND_STATUS_CREATE);
  ::zipOpenNewFileInZip64(file, "x.npy", nullptr, nullptr, 0, nullptr, 0, nullptr, 0, 0, 0);
  ::zipWriteInFileInZip(file, content.data(), static_cast<unsigned>(content.size()));
  ::zipCloseFileInZip(file);
  ::zipClose(file, nullptr);
  return path;
}

std::string idx_of_rows() {
  std::string bytes{
      0, 0, 8, 2, 0, 0, static_cast<char>(rows_in_file >> 8), static_cast<char>(rows_in_file & 255),
      0, 0, 0, 20};
  for (int i = 0; i < rows_in_file; ++i) bytes += std::string(20, static_cast<char>(i % 100));
  return bytes;
}

std::string cifar_of_rows() {
  std::string bytes;
  for (int i = 0; i < 40; ++i)
    bytes += std::string(1, static_cast<char>(i % 10)) + std::string(3072, static_cast<char>(i));
  return bytes;
}

const std::vector<FileKind>& file_kinds() {
  static const std::vector<FileKind> kinds{
      {"records",
       [](const TemporaryFolder& folder) {
         return folder.write("x.bin", counted_floats(0, rows_in_file, 8));
       },
       [](const std::filesystem::path& path) {
         return data::read_records(path, {.fields = {{"x", f32, {8}}}});
       },
       rows_in_file},
      {"converted records",
       [](const TemporaryFolder& folder) {
         return folder.write("x.bin", counted_floats(0, rows_in_file, 8));
       },
       [](const std::filesystem::path& path) {
         return data::read_records(
             path, {.fields = {{"other", f32, {2}, 24}, {"x", f32, {3}, 0}}, .record_bytes = 32});
       },
       rows_in_file},
      {"large records",
       [](const TemporaryFolder& folder) {
         return folder.write("x.bin", counted_floats(0, 20, 5000));
       },
       [](const std::filesystem::path& path) {
         return data::read_records(path, {.fields = {{"x", f32, {5000}}}});
       },
       rows_in_file},
      {"npy", [](const TemporaryFolder& folder) { return folder.write("x.npy", npy_of_rows()); },
       [](const std::filesystem::path& path) {
         return data::read_npy({{"x", path}});
       },
       rows_in_file},
      {"npz", [](const TemporaryFolder& folder) { return write_stored_zip(folder / "x.npz"); },
       [](const std::filesystem::path& path) { return data::read_npz(path, {{"x"}}); },
       rows_in_file},
      {"idx", [](const TemporaryFolder& folder) { return folder.write("x.idx", idx_of_rows()); },
       [](const std::filesystem::path& path) {
         return data::read_idx_array(path, {.name = "x", .as = f32});
       },
       100},
      {"cifar",
       [](const TemporaryFolder& folder) { return folder.write("x.bin", cifar_of_rows()); },
       [](const std::filesystem::path& path) {
         return data::read_cifar10(path, {.images = "x", .divisor = 1});
       },
       rows_in_file},
      {"lazy csv",
       [](const TemporaryFolder& folder) {
         return folder.write("x.csv", "x,y,label\n" + counted_lines(0, rows_in_file));
       },
       [](const std::filesystem::path& path) {
         return data::read_csv(path, {.fields = {{"x", f32, {"x"}}}, .lazy = true});
       },
       rows_in_file},
  };
  return kinds;
}

/// The first value of x of every row, through a loader.
std::vector<float> first_values(const data::Pipeline& pipeline) {
  data::Loader loader(pipeline);
  loader.start_epoch(0);
  data::Batch batch;
  std::vector<float> values;
  const auto index = static_cast<std::size_t>(pipeline.find("x"));
  const std::int64_t width = pipeline.fields()[index].row_elements();
  while (loader.next(batch))
    for (std::int64_t i = 0; i < batch.size; ++i)
      values.push_back(reinterpret_cast<const float*>(batch.field(index))[i * width]);
  return values;
}

float expected_value(const FileKind& kind, std::int64_t row) {
  return static_cast<float>(row % kind.modulus);
}

void set_back_time_of(const std::filesystem::path& path) {
  // Times of files have the grain of the kernel's clock, which the writes of a test are within.
  std::filesystem::last_write_time(
      path, std::filesystem::last_write_time(path) - std::chrono::seconds(100));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(changed_files)

BOOST_AUTO_TEST_CASE(rows_are_right_one_by_one_in_order_and_shuffled) {
  for (const FileKind& kind : file_kinds()) {
    BOOST_TEST_CONTEXT(kind.name) {
      const TemporaryFolder folder;
      const data::Dataset data = kind.open(kind.write(folder));
      BOOST_TEST(!data.in_memory(static_cast<std::size_t>(data.find("x"))));
      for (std::int64_t row = 0; row < data.size(); row += 7)
        BOOST_REQUIRE(row_of<float>(data, "x", row)[0] == expected_value(kind, row));
      const std::vector<float> in_order = first_values(data::from(data).batch(700));
      for (std::size_t i = 0; i < in_order.size(); ++i)
        BOOST_REQUIRE(in_order[i] == expected_value(kind, static_cast<std::int64_t>(i)));
      const data::Pipeline shuffled = data::from(data).shuffle(3).batch(64).workers(2);
      const Epoch epoch = epoch_of(shuffled, 0);
      const std::vector<float> values = first_values(shuffled);
      for (std::size_t i = 0; i < values.size(); ++i)
        BOOST_REQUIRE(values[i] == expected_value(kind, epoch.rows[i]));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_file_cut_short_is_an_error_and_no_signal) {
  for (const FileKind& kind : file_kinds())
    for (const double left : {0.0, 0.5, 0.99}) {
      BOOST_TEST_CONTEXT(kind.name << ", " << left << " of it left") {
        const TemporaryFolder folder;
        const auto path = kind.write(folder);
        const data::Dataset data = kind.open(path);
        const auto size = static_cast<double>(std::filesystem::file_size(path));
        std::filesystem::resize_file(path, static_cast<std::uintmax_t>(size * left));
        expect<DataError>([&] { (void)row_of<float>(data, "x", data.size() - 1); },
                          {path.c_str(), "truncated while it was being read", "when opened"});
        expect<DataError>([&] { (void)first_values(data::from(data).shuffle(1).batch(50)); },
                          {"truncated while it was being read"});
        expect<DataError>([&] { (void)first_values(data::from(data).batch(50).workers(3)); },
                          {"truncated while it was being read"});
      }
    }
}

// Within a page, a shorter file reads as zeros in a map.
BOOST_AUTO_TEST_CASE(a_file_cut_within_its_last_page) {
  const TemporaryFolder folder;
  const auto path = folder.write("x.bin", counted_floats(1, 100, 8));
  const data::Dataset data = data::read_records(path, {.fields = {{"x", f32, {8}}}});
  std::filesystem::resize_file(path, 3200 - 32);
  expect<DataError>([&] { (void)first_values(data::from(data).batch(100)); },
                    {"it had 3200 bytes when opened and has 3168 now"});
}

BOOST_AUTO_TEST_CASE(a_file_that_others_append_to_keeps_its_rows) {
  for (const FileKind& kind : file_kinds()) {
    BOOST_TEST_CONTEXT(kind.name) {
      const TemporaryFolder folder;
      const auto path = kind.write(folder);
      const data::Dataset data = kind.open(path);
      const std::int64_t rows = data.size();
      std::ofstream(path, std::ios::binary | std::ios::app) << std::string(10'000, '7');
      BOOST_TEST(data.size() == rows);
      const std::vector<float> values = first_values(data::from(data).batch(64));
      BOOST_REQUIRE(values.size() == static_cast<std::size_t>(rows));
      for (std::size_t i = 0; i < values.size(); ++i)
        BOOST_REQUIRE(values[i] == expected_value(kind, static_cast<std::int64_t>(i)));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_file_that_is_replaced_or_removed_is_read_on) {
  for (const FileKind& kind : file_kinds()) {
    BOOST_TEST_CONTEXT(kind.name) {
      const TemporaryFolder folder;
      const auto path = kind.write(folder);
      const data::Dataset data = kind.open(path);
      const std::vector<float> before = first_values(data::from(data).batch(64));
      std::filesystem::rename(folder.write("new", "something else"), path);
      BOOST_TEST(first_values(data::from(data).batch(64)) == before);
      std::filesystem::remove(path);
      BOOST_TEST(first_values(data::from(data).shuffle(1).batch(64)).size() == before.size());
    }
  }
}

BOOST_AUTO_TEST_CASE(a_file_rewritten_in_place_is_an_error) {
  for (const FileKind& kind : file_kinds()) {
    BOOST_TEST_CONTEXT(kind.name) {
      const TemporaryFolder folder;
      const auto path = kind.write(folder);
      const data::Dataset data = kind.open(path);
      std::fstream(path, std::ios::binary | std::ios::in | std::ios::out) << "0";
      set_back_time_of(path);
      expect<DataError>([&] { (void)row_of<float>(data, "x", data.size() - 1); },
                        {path.c_str(), "was modified while it was being read"});
      expect<DataError>([&] { (void)first_values(data::from(data).shuffle(2).batch(50)); },
                        {"was modified while it was being read"});
    }
  }
}

BOOST_AUTO_TEST_CASE(rows_of_several_files_are_read_together) {
  const TemporaryFolder folder;
  const data::RecordOptions options{.fields = {{"x", f32, {3}}}};
  std::vector<std::filesystem::path> paths;
  for (int file = 0; file < 70; ++file)  // more than are checked at a time
    paths.push_back(folder.write("x" + std::to_string(file), counted_floats(10 * file, 10, 3)));
  const data::Dataset data = data::read_records(paths, options);
  const data::Pipeline shuffled = data::from(data).shuffle(5).batch(256);
  const Epoch epoch = epoch_of(shuffled, 0);
  const std::vector<float> values = first_values(shuffled);
  BOOST_REQUIRE(values.size() == 700U);
  for (std::size_t i = 0; i < values.size(); ++i)
    BOOST_REQUIRE(values[i] == static_cast<float>(epoch.rows[i]));
  std::filesystem::resize_file(paths[66], 100);
  expect<DataError>([&] { (void)first_values(shuffled); },
                    {"x66: the file was truncated", "it had 120 bytes"});
}

BOOST_AUTO_TEST_CASE(bad_values_in_many_rows_are_named_with_their_place) {
  const TemporaryFolder folder;
  std::string content(1000, '\1');
  content[777] = '\3';
  const data::Dataset data = data::read_records(
      folder.write("x.bin", content),
      {.fields = {{"flag", boolean, {}}, {"x", f32, {}, 0, data::StoredType::uint8}}});
  expect<DataError>([&] { (void)first_values(data::from(data).batch(1000)); },
                    {"x.bin: sample 777, field 'flag', element 0 (byte 777): 3", "0 or 1"});
}

BOOST_AUTO_TEST_CASE(the_memory_of_a_reader_is_counted) {
  const TemporaryFolder folder;
  const std::string content = counted_floats(0, 100, 2);
  const auto own_bytes = [](const data::Dataset& data, int workers) {
    return data::from(data).batch(10).workers(workers).own_bytes().count;
  };
  const data::Dataset file =
      data::read_records(folder.write("x.bin", content), {.fields = {{"x", f32, {2}}}});
  const data::Dataset memory = data::Dataset().add("x", {2}, std::vector<float>(200));
  BOOST_TEST(own_bytes(file, 1) - own_bytes(memory, 1) == 65'536);
  BOOST_TEST(own_bytes(file, 3) - own_bytes(memory, 3) == 4 * 65'536);  // the consumer's, too
  BOOST_TEST(own_bytes(data::concatenate({file, file}), 1) > own_bytes(file, 1));
}

BOOST_AUTO_TEST_CASE(a_transform_reads_fields_that_are_not_in_the_batch) {
  const TemporaryFolder folder;
  const data::Dataset data = data::read_records(folder.write("x.bin", counted_floats(0, 50, 3)),
                                                {.fields = {{"x", f32, {2}}, {"other", f32, {}}}});
  const data::Pipeline pipeline = data::from(data)
                                      .map([](data::Sample& sample) {
                                        sample.field<float>("x")[0] =
                                            sample.field<const float>("other")[0];
                                      })
                                      .batch(10)
                                      .workers(2);
  std::vector<float> slot(20);
  std::vector<std::byte*> bases(static_cast<std::size_t>(pipeline.prefetch_depth()) + 1);
  std::vector<std::vector<float>> slots(bases.size(), slot);
  for (std::size_t s = 0; s < bases.size(); ++s)
    bases[s] = reinterpret_cast<std::byte*>(slots[s].data());
  data::Loader loader(pipeline, {{0, 0}}, bases);
  loader.start_epoch(0);
  data::Batch batch;
  int row = 0;
  while (loader.next(batch))
    for (std::int64_t i = 0; i < batch.size; ++i, ++row)
      BOOST_TEST(reinterpret_cast<const float*>(batch.field(0))[2 * i] ==
                 static_cast<float>(row + 20'000));
  BOOST_TEST(row == 50);
}

BOOST_AUTO_TEST_CASE(long_rows_of_a_lazy_csv_file) {
  // Rows of some hundred kilobytes, which are in memory in parts, with line ends in quotes.
  const TemporaryFolder folder;
  std::string content = "x,note,label\n";
  for (int i = 0; i < 12; ++i)
    content += std::to_string(i) + ",\"" + std::string(300'000, 'n') + "\n,\"\"" +
               std::string(static_cast<std::size_t>(i), 'm') + "\"," + std::to_string(i % 3) + '\n';
  const auto path = folder.write("x.csv", content);
  const data::Dataset data = data::read_csv(
      path, {.fields = {{"x", f32, {"x"}}, {"label", i32, {"label"}}}, .lazy = true});
  BOOST_REQUIRE(data.size() == 12);
  for (int i = 11; i >= 0; --i) BOOST_TEST(row_of<float>(data, "x", i)[0] == static_cast<float>(i));
  const std::vector<float> values = first_values(data::from(data).batch(12));
  for (int i = 0; i < 12; ++i)
    BOOST_TEST(values[static_cast<std::size_t>(i)] == static_cast<float>(i));
  // Without a header, the first row tells the columns: it is seen as a whole.
  const auto wide = folder.write("wide.csv", std::string(2'500'000, '1') + ",2,0\n1,2,1\n");
  const data::Dataset without =
      data::read_csv(wide, {.header = false, .fields = {{"x", f32, {"2"}}}, .lazy = true});
  BOOST_TEST(without.size() == 2);
  const auto open = folder.write("open.csv", "a,label\n1,\"2" + std::string(3'000'000, '\n'));
  expect<DataError>([&] { (void)data::read_csv(open, {.lazy = true}); },
                    {"open.csv:2, column 2", "never closed"});
}

BOOST_AUTO_TEST_SUITE_END()
