#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <chrono>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/base/files/gatherer.hpp>
#include <foregraph/detail/base/files/safetensors.hpp>
#include <foregraph/detail/train/checkpoint/checkpoint_file.hpp>
#include <random>

#include "support/expect.hpp"
#include "support/folder.hpp"

using namespace foregraph;
using namespace foregraph::test;

namespace {

std::string random_content(std::size_t size, unsigned seed) {
  std::mt19937 random(seed);
  std::string content(size, '\0');
  for (char& each : content) each = static_cast<char>(random());
  return content;
}

std::string text_of_bytes(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

const std::vector<float> many_numbers(5000, 1.5F);

void write_numbers(const std::filesystem::path& path) {
  write_safetensors(
      path, std::vector<NamedTensor>{{"w", f32, {5000}, std::as_bytes(std::span(many_numbers))}});
}

/// Changes one byte and the time of modification, as another program would.
void rewrite_in_place(const std::filesystem::path& path) {
  std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
  file.seekp(-1, std::ios::end);
  file << 'x';
  file.close();
  std::filesystem::last_write_time(
      path, std::filesystem::last_write_time(path) - std::chrono::seconds(100));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(input_files)

BOOST_AUTO_TEST_CASE(reads_what_is_there_and_says_what_is_not) {
  const Folder folder;
  const std::string content = random_content(10'000, 1);
  write_plainly(folder / "x", content);
  const InputFile file(folder / "x");
  BOOST_TEST(file.size() == 10'000);
  std::string part(5000, '\0');
  file.read(4321, std::as_writable_bytes(std::span(part)));
  BOOST_TEST(part == content.substr(4321, 5000));
  file.check_unchanged();
  std::filesystem::resize_file(folder / "x", 9000);
  expect<DataError>([&] { file.read(4321, std::as_writable_bytes(std::span(part))); },
                    {"x: the file was truncated while it was being read",
                     "it had 10000 bytes when opened and has 9000 now"});
  expect<DataError>([&] { file.check_unchanged(); }, {"has 9000 now"});
  expect<DataError>([&] { (void)read_whole_file(folder / "x", 8999); },
                    {"has 9000 bytes, expected at most 8999"});
  BOOST_TEST(text_of_bytes(read_whole_file(folder / "x", 9000)) == content.substr(0, 9000));
  write_plainly(folder / "empty", "");
  BOOST_TEST(read_whole_file(folder / "empty", 0).empty());
  expect<FileError>([&] { (void)InputFile(folder.path()); }, {"not a regular file"});
  expect<FileError>([&] { (void)InputFile(folder / "none"); }, {"No such file"});
  BOOST_REQUIRE(::mkfifo((folder / "pipe").c_str(), 0600) == 0);
  expect<FileError>([&] { (void)InputFile(folder / "pipe"); }, {"not a regular file"});
}

BOOST_AUTO_TEST_CASE(pieces_of_several_files_come_together) {
  const unsigned seed = std::random_device{}();
  BOOST_TEST_CONTEXT("seed " << seed) {
    std::mt19937 random(seed);
    const Folder folder;
    const std::string contents[] = {random_content(200'000, seed),
                                    random_content(70'000, seed + 1)};
    write_plainly(folder / "0", contents[0]);
    write_plainly(folder / "1", contents[1]);
    const InputFile first(folder / "0");
    const InputFile second(folder / "1");
    for (int round = 0; round < 200; ++round) {
      std::vector<FilePiece> pieces;
      std::string expected;
      const std::size_t count = 1 + random() % Gatherer::most_pieces;
      for (std::size_t i = 0; i < count; ++i) {
        const std::size_t of = random() % 2;
        const std::size_t bytes =
            1 + random() % (static_cast<std::size_t>(Gatherer::capacity) / count);
        const std::size_t at = random() % (contents[of].size() - bytes + 1);
        pieces.push_back({of == 0 ? &first : &second, static_cast<std::int64_t>(at),
                          static_cast<std::int64_t>(bytes)});
        expected += contents[of].substr(at, bytes);
      }
      BOOST_REQUIRE(text_of_bytes(Gatherer::of_this_thread().gather(pieces)) == expected);
    }
    std::filesystem::resize_file(folder / "1", 8192);
    const std::vector<FilePiece> cut{
        {&first, 0, 100}, {&second, 8000, 100}, {&second, 60'000, 100}};
    expect<DataError>([&] { (void)Gatherer::of_this_thread().gather(cut); },
                      {"1: the file was truncated"});
  }
}

BOOST_AUTO_TEST_CASE(a_child_process_gathers_in_memory_of_its_own) {
  const Folder folder;
  write_plainly(folder / "x", std::string(1000, 'p') + std::string(1000, 'c'));
  const InputFile file(folder / "x");
  const FilePiece of_parent{&file, 0, 1000};
  const FilePiece of_child{&file, 1000, 1000};
  const std::span<const std::byte> mine = Gatherer::of_this_thread().gather({&of_parent, 1});
  const ::pid_t child = ::fork();
  if (child == 0) {
    const auto theirs = Gatherer::of_this_thread().gather({&of_child, 1});
    ::_exit(text_of_bytes(theirs) == std::string(1000, 'c') ? 0 : 1);
  }
  int status = -1;
  BOOST_REQUIRE(::waitpid(child, &status, 0) == child);
  BOOST_TEST(status == 0);
  BOOST_TEST(text_of_bytes(mine) == std::string(1000, 'p'));
}

BOOST_AUTO_TEST_CASE(tensors_of_a_file_that_changes) {
  const Folder folder;
  std::vector<float> copy(many_numbers.size());
  const auto copy_of = [&](const Safetensors& file) {
    file.copy_to("w", f32, std::as_writable_bytes(std::span(copy)));
  };
  write_numbers(folder / "x");
  const Safetensors cut(folder / "x");
  const Safetensors read_before(folder / "x");
  BOOST_TEST(read_before.values<float>("w")[4999] == 1.5F);
  std::filesystem::resize_file(folder / "x", 5000);
  expect<DataError>([&] { copy_of(cut); }, {"x: the file was truncated while it was being read"});
  expect<DataError>([&] { (void)cut.values<float>("w"); }, {"truncated"});
  expect<DataError>([&] { (void)cut.verify(); }, {"truncated"});
  BOOST_TEST(read_before.values<float>("w")[4999] == 1.5F);  // is in memory

  write_numbers(folder / "y");
  const Safetensors rewritten(folder / "y");
  rewrite_in_place(folder / "y");
  expect<DataError>([&] { copy_of(rewritten); },
                    {"y: the file was modified while it was being read"});

  write_numbers(folder / "z");
  const Safetensors replaced(folder / "z");
  write_safetensors(folder / "z", std::vector<NamedTensor>{});
  BOOST_TEST(replaced.verify());
  copy_of(replaced);
  BOOST_TEST(copy == many_numbers);
}

BOOST_AUTO_TEST_CASE(a_checkpoint_cut_short_behind_its_header) {
  const Folder folder;
  CheckpointContent content;
  content.tensors = {{"w", f32, {5000}, std::as_bytes(std::span(many_numbers))}};
  write_checkpoint(folder / "x", content);
  const Checkpoint loaded(folder / "x");
  std::filesystem::resize_file(folder / "x", std::filesystem::file_size(folder / "x") - 4000);
  expect<DataError>([&] { (void)loaded.file().values<float>("w"); }, {"x: the file was truncated"});
  expect<DataError>([&] { (void)Checkpoint(folder / "x"); },
                    {"x: header, tensor 'w'", "truncated"});
}

BOOST_AUTO_TEST_SUITE_END()
