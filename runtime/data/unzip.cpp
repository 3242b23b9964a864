#include <minizip/unzip.h>
#include <zlib.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <foregraph/graph/error.hpp>
#include <foregraph/runtime/data/unpack.hpp>
#include <foregraph/runtime/data/unzip.hpp>
#include <unordered_map>
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

constexpr std::size_t longest_name = 255;

}  // namespace

struct ZipReader::State {
  std::string path;
  SharedBytes content;
  MapFile map{};
  unzFile zip = nullptr;
  /// By name, so that many arrays are not each looked for among all members.
  std::unordered_map<std::string, unz64_file_pos> members{};
  std::vector<std::string> names{};  ///< in the order of the archive

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
    // A longer name, or one with a zero in it, is cut and must not stand for another member. Of
    // equal names the first counts.
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
  if (member == state.members.end()) state.fail(name, "is not there");
  unz_file_info64 info{};
  if (::unzGoToFilePos64(state.zip, &member->second) != UNZ_OK)
    state.fail_broken(name, "has a broken entry");
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
  const auto expected = static_cast<std::size_t>(info.uncompressed_size);
  int error = UNZ_OK;
  std::vector<std::byte> bytes = unpacked(expected, [&](std::span<std::byte> to) -> std::int64_t {
    const int got = ::unzReadCurrentFile(state.zip, to.data(), static_cast<unsigned>(to.size()));
    error = got < 0 ? got : UNZ_OK;
    return std::max(got, 0);
  });
  const int closed = ::unzCloseCurrentFile(state.zip);
  if (bytes.size() < expected || error != UNZ_OK || closed != UNZ_OK)
    state.fail_broken(name, "is broken: " + std::to_string(bytes.size()) + " of " +
                                std::to_string(expected) + " bytes could be unpacked" +
                                (closed == UNZ_CRCERROR ? ", with a wrong checksum" : ""));
  return own_bytes(std::move(bytes));
}

}  // namespace foregraph::detail
