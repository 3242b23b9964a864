// Random damage to valid files: each is refused with our error, or loads with nothing but itself in
// reach. What our checksum covers then has the content that was written.
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/base/files/safetensors.hpp>
#include <foregraph/detail/train/checkpoint/checkpoint_file.hpp>
#include <random>

#include "support/folder.hpp"

using namespace foregraph;
using namespace foregraph::test;

namespace {

class Damage {
 public:
  explicit Damage(std::uint64_t seed) : random_(seed) {}

  std::string operator()(std::string text) {
    for (std::size_t i = below(3) + 1; i > 0; --i) once(text);
    return text;
  }
  std::size_t below(std::size_t n) { return random_() % n; }

 private:
  void once(std::string& text) {
    if (text.empty()) return;
    // Most of it where it hurts: in the header.
    const std::size_t end = below(3) == 0 ? text.size() : std::min<std::size_t>(text.size(), 700);
    const std::size_t at = below(end);
    switch (below(8)) {
      case 0:
        text[at] = static_cast<char>(text[at] ^ (1 << below(8)));
        break;
      case 1:
        text[at] = static_cast<char>(below(256));
        break;
      case 2:
        text.resize(at);
        break;
      case 3:
        text.insert(at, below(9) + 1, static_cast<char>(below(256)));
        break;
      case 4:
        text.erase(at, below(9) + 1);
        break;
      case 5:
        text.insert(at, text.substr(below(end), below(80)));
        break;
      case 6:
        text[below(8) % text.size()] = static_cast<char>(below(256));
        break;
      default:
        edit_number(text, at);
    }
  }
  /// Replaces the number at or behind `at`.
  void edit_number(std::string& text, std::size_t at) {
    static constexpr const char* numbers[] = {"0",
                                              "1",
                                              "-1",
                                              "7",
                                              "1e3",
                                              "0.5",
                                              "4294967296",
                                              "9223372036854775807",
                                              "18446744073709551615",
                                              "99999999999999999999"};
    const std::size_t begin = text.find_first_of("0123456789", at);
    if (begin == std::string::npos) return;
    const std::size_t end = std::min(text.find_first_not_of("0123456789", begin), text.size());
    text.replace(begin, end - begin, numbers[below(std::size(numbers))]);
  }

  std::mt19937_64 random_;
};

/// Reads every byte in reach. False if the file is refused.
bool loads(const std::filesystem::path& path) {
  try {
    const Safetensors file(path);
    std::size_t bytes = 0;
    unsigned sum = 0;
    for (const StoredTensor& t : file.tensors()) {
      BOOST_TEST_REQUIRE(file.find(t.name) == &t);
      const std::vector<std::byte> content = file.bytes(t.name);
      for (const std::byte b : content) sum += std::to_integer<unsigned>(b);
      bytes += content.size();
    }
    BOOST_TEST_REQUIRE(bytes + 10 <= std::filesystem::file_size(path));
    volatile unsigned keep = sum;
    (void)keep;
    return true;
  } catch (const DataError& error) {
    BOOST_TEST_REQUIRE(std::string(error.what()).find(path.string()) != std::string::npos);
    BOOST_TEST_REQUIRE(std::string(error.what()).size() < 1000U);
    return false;
  }
}

struct Written {
  std::vector<float> weights = std::vector<float>(30, 1.5F);
  std::vector<double> moments = {1, 2, 3};
  std::vector<std::uint8_t> mask = std::vector<std::uint8_t>(5, 1);
  CheckpointContent content{
      {{"hidden/weight", f32, {5, 6}, std::as_bytes(std::span(weights))},
       {"hidden/weight.m", f64, {3}, std::as_bytes(std::span(moments))},
       {"mask", boolean, {5}, std::as_bytes(std::span(mask))}},
      3,
      14,
      159,
      0x123456789abcdef0ULL,
      {{"best_metric", exact_text(0.1)}, {"preprocessing", R"({"mean":[1,2],"name":"x"})"}}};
};

void check_equal(const Checkpoint& loaded, const CheckpointContent& content) {
  BOOST_TEST_REQUIRE(loaded.epoch() == content.epoch);
  BOOST_TEST_REQUIRE(loaded.batch() == content.batch);
  BOOST_TEST_REQUIRE(loaded.step() == content.step);
  BOOST_TEST_REQUIRE(loaded.model_fingerprint() == content.model_fingerprint);
  BOOST_TEST_REQUIRE((loaded.state() == content.state));
  BOOST_TEST_REQUIRE(loaded.file().tensors().size() == content.tensors.size());
  for (const NamedTensor& t : content.tensors) {
    const StoredTensor& found = loaded.file().at(t.name);
    BOOST_TEST_REQUIRE(found.dtype == safetensors_dtype(t.dtype));
    BOOST_TEST_REQUIRE((found.shape == t.shape));
    const std::vector<std::byte> bytes = loaded.file().bytes(t.name);
    BOOST_TEST_REQUIRE(std::equal(bytes.begin(), bytes.end(), t.bytes.begin(), t.bytes.end()));
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(damaged_safetensors)

BOOST_AUTO_TEST_CASE(a_damaged_file_is_refused_or_whole) {
  constexpr std::uint64_t seed = 20261125;
  BOOST_TEST_INFO_SCOPE("seed " << seed);
  Damage damage(seed);
  const Folder folder;
  const std::string header =
      R"({"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},)"
      R"("b":{"dtype":"U8","shape":[],"data_offsets":[24,25]},)"
      R"("c":{"dtype":"F4","shape":[6,1],"data_offsets":[25,28]}})";
  const std::string valid = safetensors_text(header, std::string(28, '\x3f'));
  write_plainly(folder / "x", valid);
  BOOST_TEST_REQUIRE(loads(folder / "x"));
  int loaded = 0;
  for (int i = 0; i < 4000; ++i) {
    write_plainly(folder / "x", damage(valid));
    loaded += loads(folder / "x");
  }
  BOOST_TEST(loaded > 20);  // damage to data and names
  BOOST_TEST(loaded < 3900);
}

BOOST_AUTO_TEST_CASE(a_damaged_checkpoint_is_refused_or_equal) {
  constexpr std::uint64_t seed = 20261125;
  BOOST_TEST_INFO_SCOPE("seed " << seed);
  Damage damage(seed);
  const Folder folder;
  const Written written;
  write_checkpoint(folder / "x", written.content);
  const std::string valid = content_of(folder / "x");
  check_equal(Checkpoint(folder / "x"), written.content);
  int loaded = 0;
  for (int i = 0; i < 4000; ++i) {
    write_plainly(folder / "x", damage(valid));
    try {
      const Checkpoint checkpoint(folder / "x");
      check_equal(checkpoint, written.content);
      ++loaded;
    } catch (const DataError& error) {
      BOOST_TEST_REQUIRE(std::string(error.what()).find("/x: ") != std::string::npos);
    }
  }
  BOOST_TEST(loaded < 400);  // only blanks changed, or one digit for the same
}

BOOST_AUTO_TEST_SUITE_END()
