#pragma once
/// @file
/// Models of ONNX files; the library foregraph::onnx.
#include <foregraph/detail/onnx/load.hpp>
