#pragma once
/// @file
/// Models of ONNX files, and ONNX files of models; the library foregraph::onnx.
#include <foregraph/detail/onnx/cpp/to_cpp.hpp>
#include <foregraph/detail/onnx/load.hpp>
#include <foregraph/detail/onnx/save.hpp>
