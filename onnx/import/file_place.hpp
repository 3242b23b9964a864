#pragma once

#include <cstdint>
#include <string>

#include <foregraph/detail/graph/location.hpp>

namespace foregraph::onnx {

/// Returns the place of a node of a file, counted from 1: reports print "model.onnx:17". The file's
/// name is kept until the end of the program, once for each file.
[[nodiscard]] Location place_in_file(const std::string& path, std::int32_t node);

}  // namespace foregraph::onnx
