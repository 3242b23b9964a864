// An event file is a TFRecord file of Event messages in the wire format of Protocol Buffers, of
// which TensorBoard needs these fields (tensorflow/core/util/event.proto and
// framework/summary.proto):
//
//     Event    double wall_time = 1; int64 step = 2; string file_version = 3; Summary summary = 5;
//     Summary  repeated Value value = 1;
//     Value    string tag = 1; float simple_value = 2;
//
// A field is its number times 8 plus its wire type, as a varint, then its value: a varint (type 0),
// 8 or 4 bytes, little-endian (types 1 and 5), or a length and that many bytes (type 2: strings and
// messages). Four kinds of fields do not justify a dependency on protobuf's compiler and library;
// the tests read the files with it.

#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/train/history/tensorboard.hpp>
#include <foregraph/detail/train/history/tfrecord.hpp>
#include <limits>
#include <string_view>
#include <system_error>
#include <utility>

namespace foregraph {
namespace {

/// Encodes a message field by field.
class Message {
 public:
  Message& integer(unsigned field, std::int64_t value) {
    varint(field << 3);
    varint(static_cast<std::uint64_t>(value));
    return *this;
  }
  Message& number(unsigned field, double value) {
    varint(field << 3 | 1);
    little_endian(std::bit_cast<std::uint64_t>(value));
    return *this;
  }
  Message& number(unsigned field, float value) {
    varint(field << 3 | 5);
    little_endian(std::bit_cast<std::uint32_t>(value));
    return *this;
  }
  Message& bytes(unsigned field, std::string_view value) {
    varint(field << 3 | 2);
    varint(value.size());
    bytes_ += value;
    return *this;
  }
  [[nodiscard]] const std::string& encoded() const { return bytes_; }

 private:
  void varint(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) bytes_ += static_cast<char>(value | 0x80);
    bytes_ += static_cast<char>(value);
  }
  template <class Unsigned>
  void little_endian(Unsigned value) {
    for (std::size_t i = 0; i < sizeof value; ++i)
      bytes_ += static_cast<char>(value >> 8 * i & 0xFF);
  }

  std::string bytes_;
};

/// Values beyond the range of float become infinite; converting them directly is undefined.
float to_float(double value) {
  constexpr double largest = std::numeric_limits<float>::max();
  if (std::abs(value) > largest)
    return std::copysign(std::numeric_limits<float>::infinity(), value < 0 ? -1.0F : 1.0F);
  return static_cast<float>(value);
}

double system_time() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

std::string host_name() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0 || name[0] == 0) return "localhost";
  return name.data();
}

/// The file counter tells apart writers of one process that start in the same second.
std::string file_name(double wall_time, std::string host) {
  static std::atomic<int> files{0};
  std::replace_if(
      host.begin(), host.end(),
      [](char c) {
        const bool alphanumeric =
            (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        return !alphanumeric && c != '-' && c != '_' && c != '.';
      },
      '_');
  std::array<char, 32> seconds{};
  std::snprintf(seconds.data(), seconds.size(), "%010lld", static_cast<long long>(wall_time));
  return std::string("events.out.tfevents.") + seconds.data() + '.' + host + '.' +
         std::to_string(::getpid()) + '.' + std::to_string(files++);
}

}  // namespace

TensorBoardWriter::TensorBoardWriter(const std::filesystem::path& folder,
                                     TensorBoardOptions options)
    : options_(std::move(options)) {
  if (!options_.wall_time) options_.wall_time = system_time;
  if (options_.host.empty()) options_.host = host_name();
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);
  if (failed)
    throw UsageError("cannot create the folder '" + folder.string() +
                     "' for TensorBoard: " + failed.message() + "; choose another one");
  const double now = options_.wall_time();
  // TensorBoard identifies the file type by the first record.
  file_.emplace(folder / file_name(now, options_.host),
                tfrecord(Message().number(1, now).bytes(3, "brain.Event:2").encoded()));
}

void TensorBoardWriter::add(std::int64_t step, const NamedValues& values) {
  if (values.empty()) return;
  Message summary;
  for (const auto& [name, value] : values)
    summary.bytes(1, Message().bytes(1, name).number(2, to_float(value)).encoded());
  Message event;
  event.number(1, options_.wall_time()).integer(2, step).bytes(5, summary.encoded());
  file_->append(tfrecord(event.encoded()));
}

void TensorBoardWriter::add(const EpochRecord& record) {
  check_names(record);
  NamedValues values = record.values;
  values.emplace_back("performance/seconds", record.seconds);
  if (record.samples_per_second)
    values.emplace_back("performance/samples_per_second", *record.samples_per_second);
  if (record.stall_fraction)
    values.emplace_back("performance/stall_fraction", *record.stall_fraction);
  add(record.epoch, values);
}

}  // namespace foregraph
