#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/base/files/reading.hpp>
#include <foregraph/detail/data/formats/npy.hpp>
#include <foregraph/detail/data/formats/npy_array.hpp>

namespace foregraph::data {

Dataset read_npy(const std::vector<NpyField>& fields) {
  if (fields.empty()) throw UsageError("read_npy: no fields were given, expected {name, path}");
  Dataset data;
  for (const NpyField& field : fields)
    data.add(detail::reading(field.path, [&] {
      return detail::make_npy_source(field.path.string(), detail::open_file(field.path), field.name,
                                     field.as, "NpyField::as");
    }));
  return data;
}

Pipeline npy(const std::vector<NpyField>& fields) {
  return Pipeline(read_npy(fields));
}

}  // namespace foregraph::data
