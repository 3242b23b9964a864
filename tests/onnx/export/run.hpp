#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <foregraph/detail/graph/graph.hpp>

namespace export_test {

/// Values by the names of inputs.
using Values = std::map<std::string, std::vector<double>>;

/// Returns the outputs of a model in evaluation, with the variables at their start values.
std::vector<std::vector<double>> predictions(const foregraph::Graph& graph,
                                             const foregraph::Model& model, const Values& inputs,
                                             std::int64_t batch_size);

/// The start values of a graph's variables, by full name.
std::map<std::string, std::vector<std::byte>> start_values(const foregraph::Graph& graph);

/// The largest difference, relative to the largest value; infinite if the sizes differ.
double distance(const std::vector<double>& actual, const std::vector<double>& expected);

}  // namespace export_test
