#include <charconv>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/base/files/safetensors_header.hpp>
#include <foregraph/detail/base/text.hpp>
#include <foregraph/detail/base/version.hpp>
#include <foregraph/detail/train/checkpoint/checkpoint_file.hpp>
#include <optional>
#include <utility>

namespace foregraph {
namespace {

constexpr const char* format_key = "foregraph.format";
constexpr const char* version_key = "foregraph.format_version";
constexpr const char* library_key = "foregraph.library_version";
constexpr const char* epoch_key = "foregraph.epoch";
constexpr const char* batch_key = "foregraph.batch";
constexpr const char* step_key = "foregraph.step";
constexpr const char* fingerprint_key = "foregraph.model_fingerprint";
constexpr std::string_view state_prefix = "state.";

constexpr std::string_view format_name = "checkpoint";
constexpr std::int64_t format_version = 1;
/// Upper limit for epochs, batches and steps: unreachable in practice, and sums do not overflow.
constexpr std::int64_t largest_count = std::int64_t{1} << 62;

/// Returns the whole text as a number; nothing if it is not a number or out of range.
template <class T, class... Format>
std::optional<T> parsed(std::string_view text, Format... format) {
  T value{};
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), value, format...);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<std::uint64_t> parsed_bits(std::string_view text) {
  if (text.size() != 16 || text.find_first_not_of("0123456789abcdef") != std::string_view::npos)
    return std::nullopt;
  return parsed<std::uint64_t>(text, 16);
}

[[noreturn]] void fail(const Safetensors& file, std::string_view key, const std::string& what) {
  throw DataError(file.path().string() + ": checkpoint, key " + in_quotes(key) + what);
}

template <class T>
T or_fail(std::optional<T> value, const Safetensors& file, std::string_view key,
          std::string_view text, const char* expected) {
  if (!value) fail(file, key, " is " + in_quotes(text) + ", expected " + expected);
  return *value;
}

constexpr const char* a_whole_number = "a whole number of 64 bits";
constexpr const char* sixteen_digits = "16 hexadecimal digits";

}  // namespace

std::string exact_text(double value) {
  char text[32];
  return {text, std::to_chars(text, text + sizeof text, value).ptr};
}

std::string bits_text(std::uint64_t bits) {
  return text::hexadecimal(bits, 16);
}

void write_checkpoint(const std::filesystem::path& path, const CheckpointContent& content) {
  for (const auto& [key, value] :
       {std::pair{epoch_key, content.epoch}, {batch_key, content.batch}, {step_key, content.step}})
    if (value < 0 || value > largest_count)
      throw UsageError(std::string("write_checkpoint: ") + key + " is " + std::to_string(value) +
                       ", expected 0 to 2^62");
  Metadata metadata = {{format_key, std::string(format_name)},
                       {version_key, exact_text(format_version)},
                       {library_key, FOREGRAPH_VERSION},
                       {epoch_key, exact_text(content.epoch)},
                       {batch_key, exact_text(content.batch)},
                       {step_key, exact_text(content.step)},
                       {fingerprint_key, bits_text(content.model_fingerprint)}};
  for (const auto& [key, value] : content.state)
    metadata.emplace(std::string(state_prefix) + key, value);
  write_safetensors(path, content.tensors, metadata);
}

Checkpoint::Checkpoint(std::filesystem::path path) : file_(std::move(path)) {
  const std::string where = file_.path().string();
  const auto format = file_.metadata().find(format_key);
  if (format == file_.metadata().end() || format->second != format_name)
    throw DataError(where + ": a safetensors file, but not a Foregraph checkpoint (" + format_key +
                    " is not 'checkpoint'); its tensors can be read with Safetensors");
  if (const std::int64_t version = own_count(version_key); version != format_version)
    throw DataError(where + ": the checkpoint has format version " + std::to_string(version) +
                    ", expected " + std::to_string(format_version) +
                    "; read it with the version of Foregraph that wrote it, " +
                    in_quotes(own_text(library_key)));
  if (!file_.verify())
    throw DataError(where + ": the checkpoint has no " + std::string(checksum_key) +
                    "; it is damaged, or was rewritten by another program");
  library_version_ = own_text(library_key);
  epoch_ = own_count(epoch_key);
  batch_ = own_count(batch_key);
  step_ = own_count(step_key);
  const std::string& fingerprint = own_text(fingerprint_key);
  model_fingerprint_ =
      or_fail(parsed_bits(fingerprint), file_, fingerprint_key, fingerprint, sixteen_digits);
  for (const auto& [key, value] : file_.metadata())
    if (key.starts_with(state_prefix)) state_.emplace(key.substr(state_prefix.size()), value);
}

const std::string& Checkpoint::own_text(const char* key) const {
  const auto found = file_.metadata().find(key);
  if (found == file_.metadata().end()) fail(file_, key, " is missing; the file is damaged");
  return found->second;
}

std::int64_t Checkpoint::own_count(const char* key) const {
  const std::string& text = own_text(key);
  std::optional<std::int64_t> count = parsed<std::int64_t>(text);
  if (count && (*count < 0 || *count > largest_count)) count.reset();
  return or_fail(count, file_, key, text, "a whole number, 0 or more, up to 2^62");
}

const std::string& Checkpoint::text(std::string_view key) const {
  const auto found = state_.find(key);
  if (found == state_.end()) {
    std::string known;
    for (const auto& [name, value] : state_) known += (known.empty() ? "" : ", ") + in_quotes(name);
    fail(file_, key, " does not exist; its state has " + (known.empty() ? "none" : known));
  }
  return found->second;
}

std::int64_t Checkpoint::integer(std::string_view key) const {
  const std::string& found = text(key);
  return or_fail(parsed<std::int64_t>(found), file_, key, found, a_whole_number);
}

double Checkpoint::number(std::string_view key) const {
  const std::string& found = text(key);
  return or_fail(parsed<double>(found), file_, key, found, "a number");
}

std::uint64_t Checkpoint::bits(std::string_view key) const {
  const std::string& found = text(key);
  return or_fail(parsed_bits(found), file_, key, found, sixteen_digits);
}

}  // namespace foregraph
