#include "onnx/export/checked_by_onnx.hpp"

#ifdef FOREGRAPH_ONNX_CHECKER

#include <onnx/checker.h>
#include <onnx/defs/schema.h>
#include <onnx/onnx_pb.h>
#include <onnx/shape_inference/implementation.h>

#include <exception>
#include <fstream>

std::string export_test::problem_found_by_onnx(const std::filesystem::path& file) {
  onnx::ModelProto model;
  std::ifstream stream(file, std::ios::binary);
  if (!model.ParseFromIstream(&stream)) return "it cannot be parsed";
  constexpr std::int64_t last_opset_known = 17;
  if (model.opset_import(0).version() > last_opset_known) return {};
  try {
    onnx::checker::check_model(file.string());
    onnx::shape_inference::InferShapes(model, onnx::OpSchemaRegistry::Instance(),
                                       onnx::ShapeInferenceOptions{true, 1, true});
  } catch (const std::exception& error) {
    return error.what();
  }
  return {};
}

#else

std::string export_test::problem_found_by_onnx(const std::filesystem::path&) {
  return {};
}

#endif
