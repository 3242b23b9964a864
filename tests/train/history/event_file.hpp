#pragma once

#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <cstring>
#include <map>
#include <string>
#include <string_view>
#include <vector>

/// Reads TensorBoard event files, written apart from what writes them: bit by bit where that goes
/// by bytes, and refusing fields that it does not know.
namespace foregraph::test {

/// CRC-32C by the definition: one bit at a time, reflected.
inline std::uint32_t crc32c(std::string_view bytes) {
  std::uint32_t crc = ~0U;
  for (const char c : bytes)
    for (int bit = 0; bit < 8; ++bit) {
      const std::uint32_t low =
          (crc ^ static_cast<std::uint32_t>(static_cast<unsigned char>(c)) >> bit) & 1;
      crc = (crc >> 1) ^ (low != 0 ? 0x82F63B78U : 0);
    }
  return ~crc;
}

/// The plain checksum in a masked one.
inline std::uint32_t unmasked(std::uint32_t masked) {
  const std::uint32_t rotated = masked - 0xA282EAD8U;
  return rotated << 15 | rotated >> 17;
}

/// Takes values off the front of `bytes`.
struct Reader {
  std::string_view bytes;

  std::string_view take(std::size_t count) {
    BOOST_TEST_REQUIRE(count <= bytes.size(), "the file ends within a record");
    const std::string_view taken = bytes.substr(0, count);
    bytes.remove_prefix(count);
    return taken;
  }
  template <class T>
  T fixed() {  // on the little-endian machines that tests run on
    T value;
    std::memcpy(&value, take(sizeof(T)).data(), sizeof(T));
    return value;
  }
  std::uint64_t varint() {
    std::uint64_t value = 0;
    for (unsigned shift = 0;; shift += 7) {
      const auto byte = static_cast<unsigned char>(take(1)[0]);
      value |= std::uint64_t{byte & 0x7FU} << shift;
      if (byte < 0x80) return value;
      BOOST_TEST_REQUIRE(shift < 63U);
    }
  }
};

/// The messages in a TFRecord file, whose checksums must be right.
inline std::vector<std::string> records_of(std::string_view file) {
  std::vector<std::string> records;
  Reader reader{file};
  while (!reader.bytes.empty()) {
    const std::string_view length = reader.bytes.substr(0, 8);
    const auto size = reader.fixed<std::uint64_t>();
    BOOST_TEST(unmasked(reader.fixed<std::uint32_t>()) == crc32c(length));
    records.emplace_back(reader.take(size));
    BOOST_TEST(unmasked(reader.fixed<std::uint32_t>()) == crc32c(records.back()));
  }
  return records;
}

struct Event {
  double wall_time = 0;
  std::int64_t step = 0;
  std::string version;
  std::vector<std::pair<std::string, float>> values;
};

inline Event event_of(std::string_view message) {
  Event event;
  Reader reader{message};
  while (!reader.bytes.empty()) {
    switch (reader.varint()) {
      case 1 * 8 + 1:
        event.wall_time = reader.fixed<double>();
        break;
      case 2 * 8 + 0:
        event.step = static_cast<std::int64_t>(reader.varint());
        break;
      case 3 * 8 + 2:
        event.version = reader.take(reader.varint());
        break;
      case 5 * 8 + 2: {
        Reader summary{reader.take(reader.varint())};
        while (!summary.bytes.empty()) {
          BOOST_TEST_REQUIRE(summary.varint() == 1U * 8 + 2);
          Reader value{summary.take(summary.varint())};
          BOOST_TEST_REQUIRE(value.varint() == 1U * 8 + 2);
          std::string tag(value.take(value.varint()));
          BOOST_TEST_REQUIRE(value.varint() == 2U * 8 + 5);
          event.values.emplace_back(std::move(tag), value.fixed<float>());
          BOOST_TEST(value.bytes.empty());
        }
        break;
      }
      default:
        BOOST_FAIL("an unknown field");
    }
  }
  return event;
}

inline std::vector<Event> events_of(std::string_view file) {
  std::vector<Event> events;
  for (const std::string& each : records_of(file)) events.push_back(event_of(each));
  return events;
}

}  // namespace foregraph::test
