#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/base/files/in_quotes.hpp>
#include <foregraph/detail/base/files/reading.hpp>
#include <foregraph/detail/data/formats/npy_array.hpp>
#include <foregraph/detail/data/formats/npz.hpp>
#include <foregraph/detail/data/formats/unzip.hpp>

namespace foregraph::data {
namespace {

std::string arrays_of(const detail::ZipReader& archive) {
  constexpr std::size_t most_shown = 20;
  std::string text;
  std::size_t arrays = 0;
  for (const std::string& name : archive.names()) {
    if (!name.ends_with(".npy") || ++arrays > most_shown) continue;
    text += (arrays == 1 ? "" : ", ") + in_quotes(name.substr(0, name.size() - 4));
  }
  if (arrays == 0) return "the file has no arrays";
  if (arrays > most_shown) text += " and " + std::to_string(arrays - most_shown) + " more";
  return "its arrays are " + text;
}

/// Does the work of read_npz() for at least one field.
Dataset read_arrays(const std::filesystem::path& path, const std::vector<NpzField>& fields) {
  const detail::ZipReader archive(path);
  Dataset data;
  for (const NpzField& field : fields) {
    const std::string& array = field.array.empty() ? field.name : field.array;
    if (!archive.has(array + ".npy"))
      throw DataError(path.string() + ": there is no array '" + array + "'; " + arrays_of(archive));
    data.add(detail::make_npy_source(path.string() + ", array '" + array + "'",
                                     archive.read(array + ".npy"), field.name, field.as,
                                     "NpzField::as"));
  }
  return data;
}

}  // namespace

Dataset read_npz(const std::filesystem::path& path, const std::vector<NpzField>& fields) {
  if (fields.empty())
    throw UsageError("read_npz: no fields were given, expected {name} or {name, array}");
  return detail::reading(path, [&] { return read_arrays(path, fields); });
}

Pipeline npz(const std::filesystem::path& path, const std::vector<NpzField>& fields) {
  return Pipeline(read_npz(path, fields));
}

}  // namespace foregraph::data
