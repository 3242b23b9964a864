#include "support.hpp"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>

#include <cerrno>
#include <foregraph/detail/base/error.hpp>
#include <fstream>
#include <stdexcept>
#include <system_error>

namespace foregraph::fuzz {
namespace {

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

/// `window_bits` chooses the wrapper: zlib's, gzip's, or none.
std::string deflated(std::string_view content, int level, int window_bits) {
  z_stream stream{};
  if (::deflateInit2(&stream, level, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY) != Z_OK)
    throw std::runtime_error("zlib does not start");
  std::string packed(::deflateBound(&stream, content.size()) + 32, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(content.data()));
  stream.avail_in = static_cast<uInt>(content.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  const int result = ::deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  ::deflateEnd(&stream);
  if (result != Z_STREAM_END) throw std::runtime_error("zlib has not enough room");
  return packed;
}

constexpr int gzip_wrapper = MAX_WBITS + 16;
constexpr int no_wrapper = -MAX_WBITS;

struct Folder {
  Folder() {
    const char* const memory = ::access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    std::string name = std::string(memory) + "/foregraph_fuzz_XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) fail("mkdtemp");
    path = name;
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  std::filesystem::path path;
};

}  // namespace

std::vector<Target>& targets() {
  static std::vector<Target> all;
  return all;
}

void run(const Target& target, std::string_view bytes) {
  Input input(bytes);
  try {
    target.run(input);
  } catch (const Error&) {  // refused
  }
}

void require(bool holds, const char* what) {
  if (!holds) throw std::logic_error(what);
}

MemoryFile::MemoryFile() : number_(::memfd_create("foregraph_fuzz", MFD_CLOEXEC)) {
  if (number_ < 0) fail("memfd_create");
  path_ = "/proc/self/fd/" + std::to_string(number_);
}

MemoryFile::~MemoryFile() {
  ::close(number_);
}

const std::filesystem::path& MemoryFile::with(std::string_view content) {
  if (::ftruncate(number_, 0) != 0) fail("ftruncate");
  for (std::size_t at = 0; at < content.size();) {
    const ssize_t written =
        ::pwrite(number_, content.data() + at, content.size() - at, static_cast<off_t>(at));
    if (written <= 0) fail("pwrite");
    at += static_cast<std::size_t>(written);
  }
  return path_;
}

const std::filesystem::path& scratch_folder() {
  static const Folder folder;
  return folder.path;
}

std::string read_whole(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::string little_endian(std::uint64_t value, int bytes) {
  std::string text;
  for (; bytes > 0; --bytes, value >>= 8) text += static_cast<char>(value & 0xff);
  return text;
}

std::string big_endian(std::uint64_t value, int bytes) {
  const std::string reversed = little_endian(value, bytes);
  return {reversed.rbegin(), reversed.rend()};
}

std::string gzip(std::string_view content) {
  return deflated(content, 1, gzip_wrapper);
}

std::string zlib_stream(std::string_view content, bool compressed) {
  return deflated(content, compressed ? 1 : 0, MAX_WBITS);
}

std::uint32_t crc_of(std::string_view content) {
  return static_cast<std::uint32_t>(::crc32(0, reinterpret_cast<const Bytef*>(content.data()),
                                            static_cast<uInt>(content.size())));
}

std::string zip(const std::vector<ZipMember>& members) {
  std::string archive;
  std::string directory;
  for (const ZipMember& member : members) {
    const std::string packed =
        member.deflated ? deflated(member.content, 1, no_wrapper) : member.content;
    // Version needed, flags, method, time and date, checksum, sizes, length of the name, no extra.
    const std::string common =
        little_endian(20, 2) + little_endian(0, 2) + little_endian(member.deflated ? 8 : 0, 2) +
        little_endian(0, 4) + little_endian(crc_of(member.content), 4) +
        little_endian(packed.size(), 4) + little_endian(member.content.size(), 4) +
        little_endian(member.name.size(), 2) + little_endian(0, 2);
    directory += "PK\1\2" + little_endian(20, 2) + common + little_endian(0, 10) +
                 little_endian(archive.size(), 4) + member.name;
    archive += "PK\3\4" + common + member.name + packed;
  }
  const std::size_t start = archive.size();
  return archive + directory + "PK\5\6" + little_endian(0, 4) + little_endian(members.size(), 2) +
         little_endian(members.size(), 2) + little_endian(directory.size(), 4) +
         little_endian(start, 4) + little_endian(0, 2);
}

std::string npy(int version, std::string_view header, std::string_view values) {
  std::string bytes = "\x93NUMPY";
  bytes += static_cast<char>(version);
  bytes += '\0';
  bytes += little_endian(header.size(), version == 1 ? 2 : 4);
  bytes += header;
  bytes += values;
  return bytes;
}

std::vector<std::string> read_rows(const data::Dataset& data) {
  std::vector<std::vector<std::byte>> values;
  std::vector<std::byte*> to;
  for (const data::FieldSpec& field : data.fields())
    values.emplace_back(static_cast<std::size_t>(field.row_bytes()));
  for (std::vector<std::byte>& of_field : values) to.push_back(of_field.data());
  std::vector<std::string> rows;
  for (std::int64_t row = 0; row < data.size(); ++row) {
    data.read(row, to);
    std::string bytes;
    for (const std::vector<std::byte>& of_field : values)
      bytes.append(reinterpret_cast<const char*>(of_field.data()), of_field.size());
    for (const std::string& text : data.text_names()) bytes += data.text(text)[row] + '\0';
    rows.push_back(std::move(bytes));
  }
  return rows;
}

DType pick_dtype(Input& input) {
  return input.pick(std::array{f32, f64, i32, i64, boolean});
}

std::optional<DType> pick_conversion(Input& input) {
  return input.pick(std::array<std::optional<DType>, 6>{{{}, f32, f64, i32, i64, boolean}});
}

}  // namespace foregraph::fuzz
