#include <minizip/unzip.h>
#include <zlib.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <foregraph/graph/error.hpp>
#include <foregraph/runtime/data/unpack.hpp>
#include <foregraph/runtime/data/unzip.hpp>
#include <utility>

namespace foregraph::detail {

/// The map as a file for minizip. Its long is of 64 bits wherever files are that large.
struct MapFile {
  std::span<const std::byte> bytes;
  std::size_t at = 0;
};

namespace {

voidpf open_map(voidpf map, const void*, int) {
  return map;
}
uLong read_map(voidpf, voidpf stream, void* to, uLong size) {
  auto& map = *static_cast<MapFile*>(stream);
  const std::size_t count = std::min<std::size_t>(size, map.bytes.size() - map.at);
  if (count > 0) std::memcpy(to, map.bytes.data() + map.at, count);
  map.at += count;
  return static_cast<uLong>(count);
}
uLong write_map(voidpf, voidpf, const void*, uLong) {
  return 0;
}
ZPOS64_T tell_map(voidpf, voidpf stream) {
  return static_cast<MapFile*>(stream)->at;
}
long seek_map(voidpf, voidpf stream, ZPOS64_T offset, int origin) {
  auto& map = *static_cast<MapFile*>(stream);
  const std::size_t base = origin == SEEK_SET ? 0 : origin == SEEK_CUR ? map.at : map.bytes.size();
  if (offset > map.bytes.size() - base) return -1;
  map.at = base + offset;
  return 0;
}
int close_map(voidpf, voidpf) {
  return 0;
}
int error_of_map(voidpf, voidpf) {
  return 0;
}

constexpr int case_sensitive = 1;
constexpr std::size_t longest_name = 255;  // what unzLocateFile() compares

}  // namespace

struct ZipReader::State {
  std::string path;
  SharedBytes content;
  MapFile map{};
  unzFile zip = nullptr;

  [[noreturn]] void fail(const std::string& name, const std::string& what) const {
    throw DataError(path + ": '" + name + "' in the archive " + what);
  }
  [[noreturn]] void fail_broken(const std::string& name, const std::string& what) const {
    fail(name, what + "; get the file again");
  }
};

ZipReader::ZipReader(const std::filesystem::path& path) : state_(std::make_unique<State>()) {
  state_->path = path.string();
  state_->content = map_file(path);
  state_->map.bytes = state_->content.bytes;
  zlib_filefunc64_def functions{&open_map, &read_map,  &write_map,    &tell_map,
                                &seek_map, &close_map, &error_of_map, &state_->map};
  state_->zip = ::unzOpen2_64(path.c_str(), &functions);
  if (state_->zip == nullptr)
    throw DataError(path.string() + ": the file has " + std::to_string(state_->map.bytes.size()) +
                    " bytes and no list of members at its end; it is no zip archive, or cut short");
}

ZipReader::~ZipReader() {
  if (state_->zip != nullptr) ::unzClose(state_->zip);
}

std::vector<std::string> ZipReader::names() const {
  std::vector<std::string> names;
  for (int error = ::unzGoToFirstFile(state_->zip); error == UNZ_OK;
       error = ::unzGoToNextFile(state_->zip)) {
    char name[longest_name + 1] = {};
    if (::unzGetCurrentFileInfo64(state_->zip, nullptr, name, longest_name, nullptr, 0, nullptr,
                                  0) != UNZ_OK)
      break;
    names.emplace_back(name);
  }
  return names;
}

bool ZipReader::has(const std::string& name) const {
  return name.size() <= longest_name &&
         ::unzLocateFile(state_->zip, name.c_str(), case_sensitive) == UNZ_OK;
}

SharedBytes ZipReader::read(const std::string& name) const {
  const State& state = *state_;
  if (!has(name)) state.fail(name, "is not there");
  unz_file_info64 info{};
  if (::unzGetCurrentFileInfo64(state.zip, &info, nullptr, 0, nullptr, 0, nullptr, 0) != UNZ_OK)
    state.fail_broken(name, "has a broken entry");
  if ((info.flag & 1) != 0) state.fail(name, "is encrypted; write the archive without a password");
  if (info.compression_method != 0 && info.compression_method != Z_DEFLATED)
    state.fail(name, "is packed by method " + std::to_string(info.compression_method) +
                         ", expected 0 (stored) or 8 (deflated); write the archive with "
                         "numpy.savez() or numpy.savez_compressed()");
  const std::size_t file_bytes = state.map.bytes.size();
  if (info.compressed_size > file_bytes || info.uncompressed_size / most_inflated > file_bytes)
    state.fail_broken(name, "has " + std::to_string(info.compressed_size) + " bytes, unpacked " +
                                std::to_string(info.uncompressed_size) +
                                ", more than can be in a file of " + std::to_string(file_bytes));
  if (::unzOpenCurrentFile(state.zip) != UNZ_OK)
    state.fail_broken(name, "does not begin where the archive's list says, or as it says");
  const ZPOS64_T first = ::unzGetCurrentFileZStreamPos64(state.zip);
  if (info.compression_method == 0) {
    ::unzCloseCurrentFile(state.zip);
    if (info.compressed_size != info.uncompressed_size || first > file_bytes ||
        info.uncompressed_size > file_bytes - first)
      state.fail_broken(name, "is stored as it is, but its sizes are wrong");
    return {state.content.owner,
            state.map.bytes.subspan(first, static_cast<std::size_t>(info.uncompressed_size))};
  }
  std::vector<std::byte> bytes(static_cast<std::size_t>(info.uncompressed_size));
  std::size_t done = 0;
  int got = 1;
  while (done < bytes.size() && got > 0) {
    const auto wanted = static_cast<unsigned>(std::min<std::size_t>(bytes.size() - done, 1U << 30));
    got = ::unzReadCurrentFile(state.zip, bytes.data() + done, wanted);
    if (got > 0) done += static_cast<std::size_t>(got);
  }
  const int closed = ::unzCloseCurrentFile(state.zip);
  if (done < bytes.size() || got < 0 || closed != UNZ_OK)
    state.fail_broken(name, "is broken: " + std::to_string(done) + " of " +
                                std::to_string(bytes.size()) + " bytes could be unpacked" +
                                (closed == UNZ_CRCERROR ? ", with a wrong checksum" : ""));
  return own_bytes(std::move(bytes));
}

}  // namespace foregraph::detail
