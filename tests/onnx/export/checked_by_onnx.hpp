#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace export_test {

/// What is wrong with a file according to ONNX's own checker and its inference of types and shapes,
/// which also compares the shapes of the outputs with those in the file; empty if nothing, or if
/// ONNX is not installed.
std::string problem_found_by_onnx(const std::filesystem::path& file);

}  // namespace export_test
