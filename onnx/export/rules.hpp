#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include <foregraph/detail/onnx/export/exporter.hpp>

namespace foregraph::onnx {

/// Writes the nodes of an op; see Exporter.
using ExportRule = std::function<void(Exporter&)>;
using ExportRules = std::map<std::string_view, ExportRule>;

/// Return the rules by the names of ops.
[[nodiscard]] ExportRules elementwise_export_rules();
[[nodiscard]] ExportRules shape_export_rules();
[[nodiscard]] ExportRules reduction_export_rules();
[[nodiscard]] ExportRules network_export_rules();
[[nodiscard]] ExportRules image_export_rules();
[[nodiscard]] ExportRules sequence_export_rules();
[[nodiscard]] ExportRules loss_export_rules();

/// Returns the rule of an op, or null.
[[nodiscard]] const ExportRule* find_export_rule(std::string_view op);
/// Returns why an op without a rule is not exported.
[[nodiscard]] std::string reason_without_export_rule(std::string_view op);

/// Returns the graph with the ops that have no rule replaced by simpler ones, where they have an
/// equivalent of such (OpDef::decompose).
[[nodiscard]] Graph with_exportable_ops(const Graph& graph);

}  // namespace foregraph::onnx
