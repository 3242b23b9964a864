#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/data/dataset/dataset.hpp>

#include <foregraph/detail/data/dataset/dataset_state.hpp>

namespace foregraph::data {

Dataset& Dataset::add_text(std::string name, std::vector<std::string> values) & {
  const auto rows = static_cast<std::int64_t>(values.size());
  state_->check_name(name);
  state_->check_rows(name, rows);
  const std::shared_ptr<State> next = state_to_change();
  next->rows = rows;
  next->columns.emplace(name, State::Column{true, next->texts.size()});
  next->texts.push_back(
      {std::move(name), std::make_shared<const std::vector<std::string>>(std::move(values)), {}});
  state_ = next;
  return *this;
}

std::vector<std::string> Dataset::text_names() const {
  std::vector<std::string> names;
  for (const State::Text& text : state_->texts) names.push_back(text.name);
  return names;
}

bool Dataset::has_text(std::string_view name) const {
  const State::Column* const found = state_->find(name);
  return found != nullptr && found->is_text;
}

TextColumn Dataset::text(std::string_view name) const {
  if (has_text(name)) {
    const State::Text& text = state_->texts[state_->find(name)->index];
    TextColumn column;
    column.values_ = text.values;
    column.first_ = text.selection.first;
    column.rows_ = text.selection.rows;
    column.size_ = state_->rows;
    return column;
  }
  std::string has;
  for (const State::Text& text : state_->texts)
    has += (has.empty() ? "'" : ", '") + text.name + "'";
  throw DataError(
      "the data set has no text '" + std::string(name) + "'; " +
      (has.empty()
           ? "it has no texts: add one with Dataset::add_text(), or list it in CsvOptions::text"
           : "its texts are " + has));
}

Dataset Dataset::with_text_as(Field field) const {
  auto next = std::make_shared<State>(*state_);
  if (has_text(field.spec.name)) {
    const std::size_t index = state_->find(field.spec.name)->index;
    next->texts.erase(next->texts.begin() + static_cast<std::ptrdiff_t>(index));
    next->columns.erase(field.spec.name);
    for (std::size_t t = index; t < next->texts.size(); ++t)
      next->columns.find(next->texts[t].name)->second.index = t;
  }
  Dataset changed(std::move(next));
  state_->check_rows(field.spec.name, field.rows);
  changed.add(std::move(field));
  return changed;
}

}  // namespace foregraph::data
