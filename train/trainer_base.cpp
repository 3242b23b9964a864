#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/train/checkpoint/training_state.hpp>
#include <foregraph/detail/train/trainer_base.hpp>
#include <utility>

#include <foregraph/detail/train/fit_run.hpp>

namespace foregraph {

TrainerBase::TrainerBase(const Graph& built, const Model& model, Graph step, TrainerOptions options,
                         std::span<const SpecialisedRegion> specialised, SplitMaker make_split)
    : core_(std::make_unique<TrainingCore>(built, model, std::move(step), std::move(options),
                                           specialised, std::move(make_split))) {}

TrainerBase::TrainerBase(TrainerBase&& other) {  // NOLINT(*-noexcept-move*): refuses during a call
  (void)other.core().use().enter("a move", ExclusiveUse::Nested::refused);
  core_ = std::move(other.core_);
}

TrainerBase& TrainerBase::operator=(TrainerBase&& other) {  // NOLINT(*-noexcept-move*): as above
  if (this == &other) return *this;
  (void)other.core().use().enter("a move", ExclusiveUse::Nested::refused);
  if (core_) (void)core_->use().enter("a move", ExclusiveUse::Nested::refused);
  core_ = std::move(other.core_);
  return *this;
}

TrainerBase::~TrainerBase() = default;

void TrainerBase::throw_moved_from() {
  throw UsageError("this trainer was moved from; use the one it was moved to");
}

void TrainerBase::prepare(std::int64_t batch_size, std::int64_t input_buffers) {
  const auto scope = core().use().enter("prepare()", ExclusiveUse::Nested::refused);
  core_->prepare_step({.batch_size = batch_size, .input_buffers = input_buffers});
}

History TrainerBase::fit(const data::Pipeline& data, const FitOptions& options) {
  const auto scope = core().use().enter("fit()", ExclusiveUse::Nested::refused);
  const TrainingCore::InFit in_fit(*core_);
  return FitRun(*this, *core_, data, options).run();
}

Report TrainerBase::preflight(const data::Pipeline& data, const FitOptions& options) const {
  const auto scope = core().use().enter("preflight()", ExclusiveUse::Nested::allowed);
  return core_->preflight(data, options);
}

Evaluation TrainerBase::evaluate(const data::Pipeline& data, ListOf<Metric> metrics) {
  const auto scope = core().use().enter("evaluate()", ExclusiveUse::Nested::allowed);
  return core_->evaluate(data, metrics);
}

std::vector<float> TrainerBase::predict(const data::Pipeline& data, std::size_t output) {
  return predict_as<float>(data, output);
}

template <class T>
std::vector<T> TrainerBase::predict_as(const data::Pipeline& data, std::size_t output) {
  const auto scope = core().use().enter("predict()", ExclusiveUse::Nested::allowed);
  return core_->predict<T>(data, output);
}
template std::vector<float> TrainerBase::predict_as(const data::Pipeline&, std::size_t);
template std::vector<double> TrainerBase::predict_as(const data::Pipeline&, std::size_t);
template std::vector<std::int32_t> TrainerBase::predict_as(const data::Pipeline&, std::size_t);
template std::vector<std::int64_t> TrainerBase::predict_as(const data::Pipeline&, std::size_t);
template std::vector<std::uint8_t> TrainerBase::predict_as(const data::Pipeline&, std::size_t);

Predictions TrainerBase::predict_all(const data::Pipeline& data) {
  const auto scope = core().use().enter("predict_all()", ExclusiveUse::Nested::allowed);
  return core_->predict_all(data);
}

Predictions TrainerBase::predict_all(ListOf<InputValues> samples) {
  const auto scope = core().use().enter("predict_all()", ExclusiveUse::Nested::allowed);
  return core_->predict_all(samples);
}

NonFiniteOrigin TrainerBase::replay_failed_step() {
  const auto scope = core().use().enter("replay_failed_step()", ExclusiveUse::Nested::allowed);
  return core_->replay_failed_step();
}

Profile TrainerBase::profile(const ProfileOptions& options) {
  const auto scope = core().use().enter("profile()", ExclusiveUse::Nested::refused);
  return core_->profile(options);
}

void TrainerBase::save(const std::filesystem::path& path) const {
  const auto scope = core().use().enter("save()", ExclusiveUse::Nested::allowed);
  write_checkpoint(path, core_->content());
}

void TrainerBase::load(const std::filesystem::path& path) {
  const auto scope = core().use().enter("load()", ExclusiveUse::Nested::refused);
  core_->restore(Checkpoint(path));
  core_->record().forget_fit_checkpoint();
}

void TrainerBase::set(std::string_view setting, double value) {
  const auto scope = core().use().enter("set()", ExclusiveUse::Nested::allowed);
  core_->set(setting, value);
}

}  // namespace foregraph
