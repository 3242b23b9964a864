#pragma once

/// @file
/// Models as values: graphs, tensors, shapes, initialisers; printing and checking them.

#include <foregraph/detail/graph/graph.hpp>
#include <foregraph/detail/graph/print.hpp>
#include <foregraph/detail/graph/verify.hpp>
