#pragma once

/// @file
/// The binary files of CIFAR-10 and CIFAR-100.

#include <foregraph/detail/data/formats/cifar.hpp>
#include <foregraph/pipeline.hpp>

namespace foregraph {

#ifndef FOREGRAPH_NO_OLD_NAMES  // Names of before 0.2, which will go in 0.3.
using data::cifar10;
using data::cifar100;
using data::CifarLabel;
using data::CifarOptions;
using data::FilePaths;
using data::read_cifar10;
using data::read_cifar100;
#endif

}  // namespace foregraph
