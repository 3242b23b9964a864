#include <minizip/unzip.h>
#include <zlib.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <exception>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/data/formats/unpack.hpp>
#include <foregraph/detail/data/formats/unzip.hpp>
#include <unordered_map>
#include <utility>

namespace foregraph::detail {

/// File access for minizip, whose long has 64 bits wherever files can be that large. It requests a
/// few bytes at a time, so this reads ahead.
struct ZipFile {
  std::shared_ptr<const InputFile> file;
  std::int64_t at = 0;
  std::vector<std::byte> window{};
  std::int64_t window_first = 0;
  std::exception_ptr error;  ///< must not pass through minizip, which is C

  std::int64_t read(std::byte* to, std::int64_t bytes) {
    constexpr std::int64_t read_ahead_bytes = std::int64_t{1} << 16;
    const std::int64_t count = std::min(bytes, file->size() - at);
    for (std::int64_t done = 0; done < count;) {
      const std::int64_t offset = at - window_first;
      const std::int64_t there = static_cast<std::int64_t>(window.size()) - offset;
      if (offset < 0 || there <= 0) {
        window.clear();
        window.resize(static_cast<std::size_t>(std::min(read_ahead_bytes, file->size() - at)));
        window_first = at;
        file->read(at, window);
        continue;
      }
      const std::int64_t part = std::min(there, count - done);
      std::memcpy(to + done, window.data() + offset, static_cast<std::size_t>(part));
      done += part;
      at += part;
    }
    return count;
  }
};

namespace {

voidpf open_zip(voidpf file, const void*, int) {
  return file;
}
uLong read_zip(voidpf, voidpf stream, void* to, uLong size) {
  auto& file = *static_cast<ZipFile*>(stream);
  try {
    return static_cast<uLong>(
        file.read(static_cast<std::byte*>(to), static_cast<std::int64_t>(size)));
  } catch (...) {
    file.error = std::current_exception();
    return 0;
  }
}
uLong write_zip(voidpf, voidpf, const void*, uLong) {
  return 0;
}
ZPOS64_T tell_zip(voidpf, voidpf stream) {
  return static_cast<ZPOS64_T>(static_cast<ZipFile*>(stream)->at);
}
long seek_zip(voidpf, voidpf stream, ZPOS64_T offset, int origin) {
  auto& file = *static_cast<ZipFile*>(stream);
  const std::int64_t size = file.file->size();
  const std::int64_t base = origin == SEEK_SET ? 0 : origin == SEEK_CUR ? file.at : size;
  if (offset > static_cast<ZPOS64_T>(size - base)) return -1;
  file.at = base + static_cast<std::int64_t>(offset);
  return 0;
}
int close_zip(voidpf, voidpf) {
  return 0;
}
int error_of_zip(voidpf, voidpf) {
  return 0;
}

constexpr std::size_t longest_name = 255;

}  // namespace

struct ZipReader::State {
  std::string path;
  ZipFile file{};
  unzFile zip = nullptr;
  /// Members by name, so that finding many arrays does not search all members for each.
  std::unordered_map<std::string, unz64_file_pos> members{};
  std::vector<std::string> names{};  ///< in archive order

  [[noreturn]] void fail(const std::string& name, const std::string& what) const {
    throw DataError(path + ": '" + name + "' in the archive " + what);
  }
  /// Rethrows an exception from reading the file.
  void check_file() const {
    if (file.error) std::rethrow_exception(file.error);
  }
  [[noreturn]] void fail_broken(const std::string& name, const std::string& what) const {
    check_file();
    fail(name, what + "; download or copy the file again");
  }
};

ZipReader::ZipReader(const std::filesystem::path& path) : state_(std::make_unique<State>()) {
  state_->path = path.string();
  state_->file.file = std::make_shared<const InputFile>(path);
  zlib_filefunc64_def functions{&open_zip, &read_zip,  &write_zip,    &tell_zip,
                                &seek_zip, &close_zip, &error_of_zip, &state_->file};
  state_->zip = ::unzOpen2_64(path.c_str(), &functions);
  state_->check_file();
  if (state_->zip == nullptr)
    throw DataError(
        path.string() + ": the file has " + std::to_string(state_->file.file->size()) +
        " bytes and no central directory at its end; it is not a zip archive, or is truncated");
  for (int error = ::unzGoToFirstFile(state_->zip); error == UNZ_OK;
       error = ::unzGoToNextFile(state_->zip)) {
    char name[longest_name + 1] = {};
    unz_file_info64 info{};
    unz64_file_pos position{};
    if (::unzGetCurrentFileInfo64(state_->zip, &info, name, longest_name, nullptr, 0, nullptr, 0) !=
            UNZ_OK ||
        ::unzGetFilePos64(state_->zip, &position) != UNZ_OK)
      break;
    state_->names.emplace_back(name);
    // A longer name, or one containing a zero byte, is truncated and must not stand for another
    // member. If names are equal, the first one counts.
    if (info.size_filename == std::strlen(name)) state_->members.emplace(name, position);
  }
}

ZipReader::~ZipReader() {
  if (state_->zip != nullptr) ::unzClose(state_->zip);
}

std::vector<std::string> ZipReader::names() const {
  return state_->names;
}

bool ZipReader::has(const std::string& name) const {
  return state_->members.contains(name);
}

SharedBytes ZipReader::read(const std::string& name) const {
  const State& state = *state_;
  const auto member = state.members.find(name);
  if (member == state.members.end()) state.fail(name, "does not exist");
  unz_file_info64 info{};
  if (::unzGoToFilePos64(state.zip, &member->second) != UNZ_OK)
    state.fail_broken(name, "has a corrupt entry");
  if (::unzGetCurrentFileInfo64(state.zip, &info, nullptr, 0, nullptr, 0, nullptr, 0) != UNZ_OK)
    state.fail_broken(name, "has a corrupt entry");
  if ((info.flag & 1) != 0) state.fail(name, "is encrypted; write the archive without a password");
  if (info.compression_method != 0 && info.compression_method != Z_DEFLATED)
    state.fail(name, "is compressed with method " + std::to_string(info.compression_method) +
                         ", expected 0 (stored) or 8 (deflated); write the archive with "
                         "numpy.savez() or numpy.savez_compressed()");
  const auto file_bytes = static_cast<std::size_t>(state.file.file->size());
  if (info.compressed_size > file_bytes || info.uncompressed_size / most_inflated > file_bytes)
    state.fail_broken(name, "has " + std::to_string(info.compressed_size) + " bytes, unpacked " +
                                std::to_string(info.uncompressed_size) + ", more than a file of " +
                                std::to_string(file_bytes) + " bytes can hold");
  if (::unzOpenCurrentFile(state.zip) != UNZ_OK)
    state.fail_broken(name, "does not match the archive's central directory");
  const ZPOS64_T first = ::unzGetCurrentFileZStreamPos64(state.zip);
  if (info.compression_method == 0) {
    ::unzCloseCurrentFile(state.zip);
    if (info.compressed_size != info.uncompressed_size || first > file_bytes ||
        info.uncompressed_size > file_bytes - first)
      state.fail_broken(name, "is stored uncompressed, but its sizes differ");
    return {state.file.file, nullptr, static_cast<std::int64_t>(first),
            static_cast<std::int64_t>(info.uncompressed_size)};
  }
  const auto expected = static_cast<std::size_t>(info.uncompressed_size);
  int error = UNZ_OK;
  std::vector<std::byte> bytes = unpacked(expected, [&](std::span<std::byte> to) -> std::int64_t {
    const int got = ::unzReadCurrentFile(state.zip, to.data(), static_cast<unsigned>(to.size()));
    error = got < 0 ? got : UNZ_OK;
    return std::max(got, 0);
  });
  const int closed = ::unzCloseCurrentFile(state.zip);
  if (bytes.size() < expected || error != UNZ_OK || closed != UNZ_OK)
    state.fail_broken(name, "is corrupt: " + std::to_string(bytes.size()) + " of " +
                                std::to_string(expected) + " bytes could be decompressed" +
                                (closed == UNZ_CRCERROR ? ", with a wrong checksum" : ""));
  state.file.file->check_unchanged();
  return own_bytes(std::move(bytes));
}

}  // namespace foregraph::detail
