#pragma once

#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/graph/op.hpp>

/// Ops without operands. Only Graph appends them; they have no shape rule.
namespace foregraph::leaf {

FOREGRAPH_EXPORT inline constexpr OpDef input_op{
    .name = "input", .kind = OpKind::input, .arity = 0};
FOREGRAPH_EXPORT inline constexpr OpDef variable_op{
    .name = "variable", .kind = OpKind::variable, .arity = 0};
FOREGRAPH_EXPORT inline constexpr OpDef constant_op{
    .name = "constant", .kind = OpKind::constant, .arity = 0};
FOREGRAPH_EXPORT inline constexpr OpDef setting_op{
    .name = "setting", .kind = OpKind::setting, .arity = 0};
FOREGRAPH_EXPORT inline constexpr OpDef extent_op{
    .name = "extent", .kind = OpKind::extent, .arity = 0};

}  // namespace foregraph::leaf
