// read_cifar10() and read_cifar100(): files of any size, and of whole records.
#include <foregraph/detail/data/formats/cifar.hpp>

#include "support.hpp"

namespace foregraph::fuzz {
namespace {

constexpr std::size_t cifar10_record = 3073;
constexpr std::size_t cifar100_record = 3074;

void run_cifar(Input& input) {
  static MemoryFile file;
  const std::uint8_t bits = input.byte();
  const bool fine_and_coarse = (bits & 1) != 0;
  data::CifarOptions options;
  if ((bits & 2) != 0) options.label = data::CifarLabel::coarse;
  std::string content(input.rest());
  if ((bits & 4) != 0) {
    const std::size_t record = fine_and_coarse ? cifar100_record : cifar10_record;
    content.resize((content.size() + record - 1) / record * record);
  }
  file.with(content);
  const data::FilePaths paths =
      (bits & 8) != 0 ? data::FilePaths{file.path(), file.path()} : data::FilePaths(file.path());
  (void)read_rows(fine_and_coarse ? data::read_cifar100(paths, options)
                                  : data::read_cifar10(paths, options));
}

std::vector<std::string> cifar_seeds() {
  using namespace std::string_literals;
  return {"\0\7"s + std::string(cifar10_record - 1, '\x80'),
          "\1\3\x10"s + std::string(cifar100_record - 2, '\x20'), "\14\1\2\3"s, "\7\5\60\1"s};
}

const Registered cifar_target({"cifar", &run_cifar, &cifar_seeds});

}  // namespace
}  // namespace foregraph::fuzz
