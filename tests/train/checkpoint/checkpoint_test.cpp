#include <bit>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/base/version.hpp>
#include <foregraph/detail/train/checkpoint/checkpoint_file.hpp>
#include <foregraph/detail/train/checkpoint/training_state.hpp>
#include <limits>

#include "support/expect.hpp"
#include "support/folder.hpp"

using namespace foregraph;
using namespace foregraph::test;

namespace {

constexpr float six_weights[] = {1, 2, 3, 4, 5, 6};

CheckpointContent example() {
  CheckpointContent content;
  content.tensors = {{"hidden/weight", f32, {2, 3}, std::as_bytes(std::span(six_weights))}};
  content.epoch = 2;
  content.batch = 17;
  content.step = std::int64_t{1} << 60;
  content.model_fingerprint = 0xfedcba9876543210ULL;
  content.state = {{"schedule", R"({"warm": true})"},
                   {"best_metric", exact_text(0.1)},
                   {"patience", exact_text(-3)},
                   {"random", bits_text(~std::uint64_t{0})}};
  return content;
}

/// Writes a checkpoint, changes its metadata, with a checksum that is right.
void rewrite(const std::filesystem::path& path, const std::string& key, const std::string& value) {
  write_checkpoint(path, example());
  Metadata metadata = Safetensors(path).metadata();
  metadata.insert_or_assign(key, value);
  write_safetensors(path, example().tensors, metadata);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(checkpoints)

BOOST_AUTO_TEST_CASE(everything_comes_back) {
  const Folder folder;
  write_checkpoint(folder / "x", example());
  const Checkpoint loaded(folder / "x");
  BOOST_TEST(loaded.epoch() == 2);
  BOOST_TEST(loaded.batch() == 17);
  BOOST_TEST(loaded.step() == std::int64_t{1} << 60);
  BOOST_TEST(loaded.model_fingerprint() == 0xfedcba9876543210ULL);
  BOOST_TEST(loaded.library_version() == FOREGRAPH_VERSION);
  BOOST_TEST((loaded.state() == example().state));
  BOOST_TEST(loaded.text("schedule") == R"({"warm": true})");
  BOOST_TEST(loaded.number("best_metric") == 0.1);
  BOOST_TEST(loaded.integer("patience") == -3);
  BOOST_TEST(loaded.bits("random") == ~std::uint64_t{0});
  BOOST_TEST(loaded.has("schedule"));
  BOOST_TEST(!loaded.has("foregraph.epoch"));
  BOOST_TEST(loaded.file().values<float>("hidden/weight")[5] == 6.0F);
}

BOOST_AUTO_TEST_CASE(numbers_come_back_bit_for_bit) {
  using limits = std::numeric_limits<double>;
  const std::vector<double> numbers = {0.0,
                                       -0.0,
                                       0.1,
                                       1.0 / 3,
                                       1e300,
                                       -5e-324,
                                       limits::max(),
                                       limits::min(),
                                       limits::infinity(),
                                       -limits::infinity(),
                                       123456789012345678.0};
  const Folder folder;
  CheckpointContent content;
  for (std::size_t i = 0; i < numbers.size(); ++i)
    content.state[std::to_string(i)] = exact_text(numbers[i]);
  content.state["nan"] = exact_text(limits::quiet_NaN());
  content.state["least"] = exact_text(std::numeric_limits<std::int64_t>::min());
  write_checkpoint(folder / "x", content);
  const Checkpoint loaded(folder / "x");
  for (std::size_t i = 0; i < numbers.size(); ++i)
    BOOST_TEST(std::bit_cast<std::uint64_t>(loaded.number(std::to_string(i))) ==
               std::bit_cast<std::uint64_t>(numbers[i]));
  BOOST_TEST(std::isnan(loaded.number("nan")));
  BOOST_TEST(loaded.integer("least") == std::numeric_limits<std::int64_t>::min());
}

BOOST_AUTO_TEST_CASE(getters_name_file_and_key) {
  const Folder folder;
  CheckpointContent content = example();
  content.state["empty"] = "";
  content.state["blank"] = " 1";
  content.state["huge"] = "9223372036854775808";
  write_checkpoint(folder / "x", content);
  const Checkpoint loaded(folder / "x");
  expect<DataError>([&] { (void)loaded.text("no"); },
                    {"/x: checkpoint, key 'no' does not exist", "'best_metric', 'blank', "});
  expect<DataError>([&] { (void)loaded.number("schedule"); },
                    {"/x: checkpoint, key 'schedule' is '{", "expected a number"});
  for (const char* key : {"empty", "blank", "huge", "best_metric"})
    expect<DataError>([&] { (void)loaded.integer(key); }, {key, "expected a whole number"});
  for (const char* key : {"empty", "patience", "huge"})
    expect<DataError>([&] { (void)loaded.bits(key); }, {key, "expected 16 hexadecimal digits"});
  write_checkpoint(folder / "y", {});
  expect<DataError>([&] { (void)Checkpoint(folder / "y").text("no"); }, {"state has none"});
}

BOOST_AUTO_TEST_CASE(what_is_no_checkpoint) {
  const Folder folder;
  write_safetensors(folder / "x", example().tensors);
  expect<DataError>(
      [&] { Checkpoint{folder / "x"}; },
      {"/x: a safetensors file, but not a Foregraph checkpoint", "read with Safetensors"});
  rewrite(folder / "x", "foregraph.format_version", "2");
  expect<DataError>(
      [&] { Checkpoint{folder / "x"}; },
      {"/x: the checkpoint has format version 2, expected 1", "'" FOREGRAPH_VERSION "'"});
  rewrite(folder / "x", "foregraph.epoch", "-1");
  expect<DataError>([&] { Checkpoint{folder / "x"}; },
                    {"key 'foregraph.epoch' is '-1', expected a whole number, 0 or more"});
  rewrite(folder / "x", "foregraph.epoch", "4611686018427387905");
  expect<DataError>([&] { Checkpoint{folder / "x"}; },
                    {"key 'foregraph.epoch' is '4611686018427387905'", "up to 2^62"});
  rewrite(folder / "x", "foregraph.model_fingerprint", "abc");
  expect<DataError>([&] { Checkpoint{folder / "x"}; },
                    {"'foregraph.model_fingerprint' is 'abc', expected 16 hexadecimal digits"});
  write_safetensors(folder / "x", {}, {{"foregraph.format", "checkpoint"}});
  expect<DataError>([&] { Checkpoint{folder / "x"}; },
                    {"key 'foregraph.format_version' is missing", "damaged"});
  write_plainly(folder / "x",
                safetensors_text(R"({"__metadata__":{"foregraph.format":"checkpoint",)"
                                 R"("foregraph.format_version":"1"}})"));
  expect<DataError>([&] { Checkpoint{folder / "x"}; }, {"no foregraph.crc32", "rewritten"});
  expect<FileError>([&] { Checkpoint{folder / "none"}; }, {"none': No such file"});
}

BOOST_AUTO_TEST_CASE(every_cut_and_a_flipped_bit_in_every_byte_are_found) {
  const Folder folder;
  write_checkpoint(folder / "x", example());
  const std::string whole = content_of(folder / "x");
  for (std::size_t i = 0; i < whole.size(); ++i) {
    write_plainly(folder / "y", whole.substr(0, i));
    BOOST_CHECK_THROW(Checkpoint{folder / "y"}, DataError);
    std::string flipped = whole;
    flipped[i] = static_cast<char>(flipped[i] ^ (1 << i % 8));
    write_plainly(folder / "y", flipped);
    BOOST_CHECK_THROW(Checkpoint{folder / "y"}, DataError);
  }
}

BOOST_AUTO_TEST_CASE(a_refused_checkpoint_leaves_the_old_one) {
  const Folder folder;
  write_checkpoint(folder / "x", example());
  CheckpointContent wrong = example();
  wrong.batch = -1;
  expect<UsageError>([&] { write_checkpoint(folder / "x", wrong); }, {"foregraph.batch is -1"});
  wrong.batch = INT64_MAX;
  expect<UsageError>([&] { write_checkpoint(folder / "x", wrong); },
                     {"foregraph.batch is 9223372036854775807, expected 0 to 2^62"});
  wrong = example();
  wrong.state["\xff"] = "";
  expect<UsageError>([&] { write_checkpoint(folder / "x", wrong); }, {"not UTF-8"});
  BOOST_TEST(Checkpoint(folder / "x").batch() == 17);
}

// What is mapped is not what the name says any more, but it is whole.
BOOST_AUTO_TEST_CASE(an_open_checkpoint_survives_its_replacement) {
  const Folder folder;
  write_checkpoint(folder / "x", example());
  const Checkpoint old(folder / "x");
  CheckpointContent next = example();
  constexpr float ones[] = {1, 1, 1, 1, 1, 1};
  next.tensors[0].bytes = std::as_bytes(std::span(ones));
  write_checkpoint(folder / "x", next);
  BOOST_TEST(old.file().values<float>("hidden/weight")[5] == 6.0F);
  BOOST_TEST(Checkpoint(folder / "x").file().values<float>("hidden/weight")[5] == 1.0F);
}

BOOST_AUTO_TEST_CASE(a_history_of_other_numbers_is_refused) {
  const Folder folder;
  const auto history = [&](const std::string& epoch, const std::string& loss) {
    CheckpointContent content;
    content.state["history"] = R"([{"epoch":)" + epoch + R"(,"steps":1,"samples":2,"loss":)" +
                               loss + R"(,"deviation":0,"seconds":1,"notes":[],"metrics":[]}])";
    write_checkpoint(folder / "x", content);
    return history_of(Checkpoint(folder / "x"), "history");
  };
  BOOST_TEST(history("3", "0.5").front().epoch == 3);
  BOOST_TEST(history("9223372036854775807", "0.5").front().epoch == INT64_MAX);
  BOOST_TEST(history("3", "\"-inf\"").front().loss == -std::numeric_limits<double>::infinity());
  BOOST_TEST(std::isnan(history("3", "\"nan\"").front().loss));
  // A conversion of these to an integer would be undefined.
  for (const char* epoch : {"1e300", "0.5", "9223372036854775808", "-1e19", "\"3\"", "null"})
    expect<DataError>([&] { (void)history(epoch, "0.5"); }, {"'history'", "is not a history"});
  for (const char* loss : {"\"low\"", "null", "[]"})
    expect<DataError>([&] { (void)history("3", loss); }, {"'history'", "is not a history"});
}

BOOST_AUTO_TEST_SUITE_END()
