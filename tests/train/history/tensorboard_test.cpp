#include <boost/test/unit_test.hpp>
#include <cmath>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/train/history/tensorboard.hpp>
#include <foregraph/detail/train/history/tfrecord.hpp>
#include <limits>
#include <random>

#include "support/expect.hpp"
#include "train/history/event_file.hpp"
#include "train/history/records.hpp"

using namespace foregraph;
using namespace foregraph::test;

BOOST_AUTO_TEST_SUITE(tensorboard)

BOOST_AUTO_TEST_CASE(checksums) {
  BOOST_TEST(unmasked(masked_crc32c("123456789")) == 0xE3069283U);
  BOOST_TEST(unmasked(masked_crc32c(std::string(32, '\0'))) == 0x8A9136AAU);  // RFC 3720, B.4
  BOOST_TEST(unmasked(masked_crc32c("")) == 0U);
  std::mt19937 random(3);
  for (int i = 0; i < 200; ++i) {
    std::string bytes(random() % 300, '\0');
    for (char& c : bytes) c = static_cast<char>(random());
    BOOST_TEST(unmasked(masked_crc32c(bytes)) == crc32c(bytes));
    BOOST_TEST(records_of(tfrecord(bytes) + tfrecord("")) == (std::vector<std::string>{bytes, ""}),
               boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(a_record_as_it_is_in_the_file) {
  // As TFRecordWriter writes b"abc": length 3 and its checksum, the bytes and theirs.
  const std::string record = tfrecord("abc");
  BOOST_TEST(record.size() == 8U + 4 + 3 + 4);
  BOOST_TEST(record.substr(0, 8) == std::string("\3\0\0\0\0\0\0\0", 8));
  BOOST_TEST(record.substr(12, 3) == "abc");
}

BOOST_AUTO_TEST_CASE(events_of_a_training) {
  const Folder folder;
  double now = 1'700'000'000.5;
  TensorBoardWriter writer(folder.path() / "runs" / "first",
                           {.wall_time = [&] { return now; }, .host = "my host/é"});
  BOOST_TEST(writer.path().parent_path() == folder.path() / "runs" / "first");
  BOOST_TEST(
      writer.path().filename().string().starts_with("events.out.tfevents.1700000000.my_host___."));
  BOOST_TEST(events_of(content_of(writer.path())).size() == 1U);

  EpochRecord first = record(0, {{"loss", 0.5}, {"accuracy", 0}});
  first.samples_per_second = 6000;
  now += 1;
  writer.add(first);
  BOOST_TEST(events_of(content_of(writer.path())).size() == 2U);  // at once
  now += 1;
  writer.add(record(1, {{"loss", NAN}}));
  const std::int64_t late = std::numeric_limits<std::int64_t>::max();
  const std::string long_name(300, 'n');
  writer.add(late, {{"huge", 1e300}, {"low", -1e300}, {long_name, 1e-50}, {"inf", -INFINITY}});
  writer.add(-1, {{"loss", 1}});
  writer.add(5, NamedValues{});  // nothing to say

  const std::vector<Event> events = events_of(content_of(writer.path()));
  BOOST_TEST_REQUIRE(events.size() == 5U);
  BOOST_TEST(events[0].version == "brain.Event:2");
  BOOST_TEST(events[0].wall_time == 1'700'000'000.5);
  BOOST_TEST(events[0].values.empty());

  using Values = std::vector<std::pair<std::string, float>>;
  BOOST_TEST(events[1].step == 0);
  BOOST_TEST(events[1].wall_time == 1'700'000'001.5);
  BOOST_TEST((events[1].values == Values{{"loss", 0.5F},
                                         {"accuracy", 0.0F},
                                         {"performance/seconds", 1.5F},
                                         {"performance/samples_per_second", 6000.0F}}));
  BOOST_TEST(events[1].version.empty());
  BOOST_TEST(events[2].step == 1);
  BOOST_TEST(std::isnan(events[2].values[0].second));
  BOOST_TEST(events[3].step == late);
  BOOST_TEST(
      (events[3].values ==
       Values{{"huge", INFINITY}, {"low", -INFINITY}, {long_name, 0.0F}, {"inf", -INFINITY}}));
  BOOST_TEST(events[4].step == -1);
}

BOOST_AUTO_TEST_CASE(each_writer_has_a_file_of_its_own) {
  const Folder folder;
  const TensorBoardOptions same{.wall_time = [] { return 7.0; }, .host = "h"};
  const TensorBoardWriter one(folder.path(), same);
  const TensorBoardWriter two(folder.path(), same);
  BOOST_TEST(one.path() != two.path());
  BOOST_TEST(one.path().filename().string().starts_with("events.out.tfevents.0000000007.h."));
  const TensorBoardWriter usual(folder.path());
  const double now = events_of(content_of(usual.path()))[0].wall_time;
  BOOST_TEST(now > 1.7e9);
}

BOOST_AUTO_TEST_CASE(what_is_refused) {
  const Folder folder;
  const auto file = folder.path() / "file";
  std::ofstream(file) << "x";
  expect<UsageError>([&] { TensorBoardWriter writer(file / "runs"); },
                     {("cannot create the folder '" + (file / "runs").string() +
                       "' for TensorBoard: Not a directory")
                          .c_str()});
  TensorBoardWriter writer(folder.path());
  expect<UsageError>([&] { writer.add(record(2, {{"", 1}})); }, {"which is empty"});
  BOOST_TEST(events_of(content_of(writer.path())).size() == 1U);
}

BOOST_AUTO_TEST_SUITE_END()
