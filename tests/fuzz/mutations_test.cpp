// Every fuzz target on its seeds and on a few changed ones, without libFuzzer: for all compilers
// and configurations.
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <foregraph/detail/base/error.hpp>
#include <random>

#include "fuzz/target.hpp"

using namespace foregraph;

namespace {

/// Changes seeds at random places: bits, bytes, numbers, pieces.
class SeedMutator {
 public:
  explicit SeedMutator(std::uint64_t seed) : random_(seed) {}

  std::string operator()(std::string bytes, const std::string& other) {
    for (std::size_t i = below(4) + 1; i > 0; --i) change(bytes, other);
    return bytes;
  }
  std::size_t below(std::size_t limit) { return limit == 0 ? 0 : random_() % limit; }

 private:
  void change(std::string& bytes, const std::string& other) {
    const std::size_t at = below(bytes.size());
    switch (below(7)) {
      case 0:
        if (!bytes.empty()) bytes[at] = static_cast<char>(bytes[at] ^ (1 << below(8)));
        break;
      case 1:
        if (!bytes.empty()) bytes[at] = static_cast<char>(below(256));
        break;
      case 2:
        bytes.resize(at);
        break;
      case 3:
        bytes.insert(at, below(9) + 1, static_cast<char>(below(256)));
        break;
      case 4:
        bytes.erase(at, below(9) + 1);
        break;
      case 5:
        bytes.insert(at, other.substr(below(other.size()), below(40)));
        break;
      default:
        change_number(bytes, at);
    }
  }
  /// Replaces the decimal number at or behind `at`.
  void change_number(std::string& bytes, std::size_t at) {
    static constexpr const char* numbers[] = {"0",
                                              "-1",
                                              "0.5",
                                              "1e300",
                                              "4294967296",
                                              "9223372036854775807",
                                              "-9223372036854775808",
                                              "18446744073709551615",
                                              "nan"};
    constexpr const char* digits = "0123456789";
    const std::size_t begin = bytes.find_first_of(digits, at);
    if (begin == std::string::npos) return;
    const std::size_t end = std::min(bytes.find_first_not_of(digits, begin), bytes.size());
    bytes.replace(begin, end - begin, numbers[below(std::size(numbers))]);
  }

  std::mt19937_64 random_;
};

std::string in_hexadecimal(const std::string& bytes) {
  std::string text;
  for (const char byte : bytes) {
    constexpr const char* digits = "0123456789abcdef";
    text += digits[static_cast<unsigned char>(byte) >> 4];
    text += digits[static_cast<unsigned char>(byte) & 15];
  }
  return text;
}

/// Fails the test, with the input, if a target lets anything but the library's errors out.
void check_input(const fuzz::Target& target, const std::string& bytes) {
  try {
    fuzz::run(target, bytes);
  } catch (const std::exception& finding) {
    BOOST_ERROR("target '" << target.name << "': " << finding.what() << "; input "
                           << in_hexadecimal(bytes));
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(fuzz_targets)

BOOST_AUTO_TEST_CASE(seeds_and_changed_seeds_are_read_or_refused) {
  constexpr std::uint64_t seed = 20261129;
  BOOST_TEST_INFO_SCOPE("seed " << seed);
  BOOST_TEST(fuzz::targets().size() >= 15U);
  for (const fuzz::Target& target : fuzz::targets()) {
    const std::vector<std::string> seeds = target.seeds();
    BOOST_TEST(!seeds.empty());
    SeedMutator mutate(seed);
    for (const std::string& each : seeds) check_input(target, each);
    check_input(target, "");
    for (int i = 0; i < target.mutations; ++i) {
      const std::string& first = seeds[mutate.below(seeds.size())];
      check_input(target, mutate(first, seeds[mutate.below(seeds.size())]));
    }
  }
}

/// The readers would refuse whatever the fuzzer makes of seeds that they refuse.
BOOST_AUTO_TEST_CASE(each_target_has_a_seed_that_is_read) {
  for (const fuzz::Target& target : fuzz::targets()) {
    const std::vector<std::string> seeds = target.seeds();
    const auto read = std::count_if(seeds.begin(), seeds.end(), [&](const std::string& bytes) {
      fuzz::Input input(bytes);
      try {
        target.run(input);
        return true;
      } catch (const Error&) {
        return false;
      }
    });
    BOOST_TEST(
        2 * read > static_cast<std::ptrdiff_t>(seeds.size()),
        "target '" << target.name << "': " << read << " of " << seeds.size() << " seeds are read");
  }
}

BOOST_AUTO_TEST_CASE(a_contradiction_is_no_refusal) {
  BOOST_CHECK_THROW(fuzz::require(false, "it does not hold"), std::logic_error);
  const fuzz::Target target{"none", [](fuzz::Input&) { fuzz::require(false, "no"); }, nullptr};
  BOOST_CHECK_THROW(fuzz::run(target, ""), std::logic_error);
  const fuzz::Target refusing{"none", [](fuzz::Input&) { throw DataError("no"); }, nullptr};
  BOOST_CHECK_NO_THROW(fuzz::run(refusing, ""));
}

BOOST_AUTO_TEST_SUITE_END()
