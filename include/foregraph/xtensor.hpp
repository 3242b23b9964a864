#pragma once

/// @file
/// Fields of data sets from xtensor expressions; link foregraph::xtensor. Includes xtensor's
/// containers, views, xadapt.hpp and xbuilder.hpp, from where the installed version has them.

#include <foregraph/detail/data/dataset/xtensor.hpp>

namespace foregraph {

#ifndef FOREGRAPH_NO_OLD_NAMES  // Names of before 0.2, which will go in 0.3.
using data::add;
#endif

}  // namespace foregraph
