#include "onnx/import.hpp"

namespace foregraph::onnx_tests {

Tensor Import::tensor(Known& known) {
  if (known.tensor.graph != nullptr) return known.tensor;
  const Value& value = known.value;
  if (!value.dtype) skip("dtype " + value.type);
  if (value.dims.size() > Shape::max_rank) skip("rank above 6");
  for (const std::int64_t dim : value.dims)
    if (dim == 0) skip("a dimension of size 0");
  Shape shape = shape_of(value);
  if (known.batched) shape.set(0, batch);
  known.tensor = graph.input("x" + std::to_string(inputs.size()), shape, *value.dtype);
  inputs.push_back({shape, value.values, *value.dtype});
  return known.tensor;
}

const Value& Import::value(Known& known) {
  if (known.has_value) return known.value;
  Graph g = graph.clone();
  g.outputs = {known.tensor.id};
  const auto results = test::evaluate_outputs(g, inputs, Mode::evaluation, batch_size);
  known.value = make_value(known.tensor.dtype(), {}, results[0]);
  for (int i = 0; i < known.tensor.shape().rank; ++i)
    known.value.dims.push_back(known.tensor.shape()[i].at(batch_size));
  known.has_value = true;
  return known.value;
}

Known& Op::known(int i) const {
  const auto found = import_->tensors.find(name(i));
  if (found == import_->tensors.end())
    throw std::runtime_error(node_->op_type + ": no tensor '" + name(i) + "'");
  return found->second;
}

Tensor Op::operator[](int i) const {
  return import_->tensor(known(i));
}

const Value& Op::value(int i) const {
  const Value& value = import_->value(known(i));
  if (!value.dtype) skip("dtype " + value.type);
  return value;
}

double Op::number(int i) const {
  return value(i).values.at(0);
}

std::vector<std::int64_t> Op::ints(int i) const {
  std::vector<std::int64_t> result;
  for (const double v : value(i).values) result.push_back(static_cast<std::int64_t>(v));
  return result;
}

const Attribute& Op::attribute(const char* attribute) const {
  return node_->attributes.at(attribute);
}
std::int64_t Op::i(const char* attribute, std::int64_t otherwise) const {
  return has(attribute) ? node_->attributes.at(attribute).i : otherwise;
}
double Op::f(const char* attribute, double otherwise) const {
  return has(attribute) ? node_->attributes.at(attribute).f : otherwise;
}
std::string Op::s(const char* attribute, const char* otherwise) const {
  return has(attribute) ? node_->attributes.at(attribute).s : otherwise;
}
std::vector<std::int64_t> Op::ints(const char* attribute,
                                   std::vector<std::int64_t> otherwise) const {
  return has(attribute) ? node_->attributes.at(attribute).ints : otherwise;
}
std::vector<std::int64_t> Op::ints(const char* attribute, int i) const {
  return has(i) ? ints(i) : ints(attribute);
}

void Op::give(Tensor tensor) {
  if (wants(given_))
    import_->tensors[node_->outputs[index(given_)]] = Known{tensor, {}, false, false};
  ++given_;
}
void Op::give(Value value) {
  if (wants(given_))
    import_->tensors[node_->outputs[index(given_)]] = Known{{}, std::move(value), true, false};
  ++given_;
}

}  // namespace foregraph::onnx_tests
