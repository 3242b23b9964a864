#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/data/formats/cifar.hpp>

#include "support/expect.hpp"
#include "support/rows.hpp"
#include "support/temporary_folder.hpp"

using namespace foregraph;
using namespace foregraph::test;

namespace {

int pixel(int sample, int plane, int at) {
  return (sample * 31 + plane * 101 + at * 7) % 256;
}

std::string record(int sample, const std::string& labels) {
  std::string bytes = labels;
  for (int plane = 0; plane < 3; ++plane)
    for (int at = 0; at < 1024; ++at) bytes += static_cast<char>(pixel(sample, plane, at));
  return bytes;
}

std::string labels(int first) {
  return {static_cast<char>(first)};
}
std::string labels(int first, int second) {
  return {static_cast<char>(first), static_cast<char>(second)};
}

void check_image(const std::vector<float>& x, int sample, float divisor) {
  int wrong = 0;
  for (int at = 0; at < 1024; ++at)
    for (int plane = 0; plane < 3; ++plane)
      wrong += x[static_cast<std::size_t>(3 * at + plane)] !=
               static_cast<float>(pixel(sample, plane, at)) / divisor;
  BOOST_TEST(wrong == 0);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(cifar_files)

BOOST_AUTO_TEST_CASE(several_files_of_cifar10_are_one_set) {
  const TemporaryFolder folder;
  const auto a = folder.write("a.bin", record(0, labels(7)) + record(1, labels(9)));
  const auto b = folder.write("b.bin", record(2, labels(0)));
  const data::Dataset data = data::read_cifar10({a, b});
  BOOST_TEST(data.size() == 3);
  BOOST_TEST((data.fields()[0] == data::FieldSpec{"x", f32, {32, 32, 3}}));
  BOOST_TEST((data.fields()[1] == data::FieldSpec{"label", i32, {}}));
  for (int i = 0; i < 3; ++i) {
    check_image(row_of<float>(data, "x", i), i, 255.0F);
    BOOST_TEST(row_of<std::int32_t>(data, "label", i)[0] ==
               (std::vector{7, 9, 0})[static_cast<std::size_t>(i)]);
  }
  BOOST_TEST(data::cifar10({a, b}).shuffle(1).batch(2).batches_per_epoch() == 2);
}

BOOST_AUTO_TEST_CASE(fine_and_coarse_labels_of_cifar100) {
  const TemporaryFolder folder;
  const auto path = folder.write("train.bin", record(0, labels(19, 99)) + record(1, labels(3, 0)));
  const data::Dataset fine = data::read_cifar100(path, {.divisor = 1});
  const data::Dataset coarse =
      data::read_cifar100(path, {.labels = "group", .label = data::CifarLabel::coarse});
  BOOST_TEST(row_of<std::int32_t>(fine, "label", 0)[0] == 99);
  BOOST_TEST(row_of<std::int32_t>(fine, "label", 1)[0] == 0);
  BOOST_TEST(row_of<std::int32_t>(coarse, "group", 0)[0] == 19);
  BOOST_TEST(row_of<std::int32_t>(coarse, "group", 1)[0] == 3);
  check_image(row_of<float>(fine, "x", 1), 1, 1.0F);
  check_image(row_of<float>(coarse, "x", 1), 1, 255.0F);
  BOOST_TEST(data::cifar100(path).batch(2).batches_per_epoch() == 1);
}

BOOST_AUTO_TEST_CASE(wrong_files_are_refused) {
  const TemporaryFolder folder;
  const auto good = folder.write("good.bin", record(0, labels(1)) + record(1, labels(2)));
  const auto short_one = folder.write("short.bin", record(0, labels(1)).substr(1));
  expect<DataError>(
      [&] {
        (void)data::read_cifar10({good, short_one});
      },
      {"short.bin", "3072 bytes", "multiple of 3073", "CIFAR-10"});
  expect<DataError>([&] { (void)data::read_cifar100(good); },
                    {"good.bin", "6146 bytes", "multiple of 3074", "CIFAR-100"});
  expect<DataError>([&] { (void)data::read_cifar10(folder.write("e.bin", "")); },
                    {"e.bin", "0 bytes"});
  expect<FileError>([&] { (void)data::read_cifar10(folder / "none.bin"); }, {"none.bin"});
  expect<UsageError>([&] { (void)data::read_cifar10(data::FilePaths{}); }, {"no file"});
  expect<UsageError>([&] { (void)data::read_cifar10(good, {.divisor = -1}); }, {"divisor"});
}

BOOST_AUTO_TEST_CASE(labels_that_are_no_class_are_refused) {
  const TemporaryFolder folder;
  expect<DataError>([&] { (void)data::read_cifar10(folder.write("a.bin", record(0, labels(10)))); },
                    {"a.bin: sample 0, field 'label'", "(byte 0): 10", "a label from 0 to 9"});
  const data::Dataset data = data::read_cifar100(
      folder.write("b.bin", record(0, labels(0, 5)) + record(1, labels(0, 100))));
  expect<DataError>([&] { (void)row_of<std::int32_t>(data, "label", 1); },
                    {"b.bin: sample 1", "(byte 3075): 100", "a label from 0 to 99"});
}

BOOST_AUTO_TEST_SUITE_END()
