#include <foregraph/detail/train/options/fit_options.hpp>

namespace foregraph {

NamedValues EpochResult::values() const {
  NamedValues values{{"loss", loss}, {"batch_loss_deviation", batch_loss_deviation}};
  if (evaluation_loss) values.emplace_back("evaluation_loss", *evaluation_loss);
  if (learning_rate) values.emplace_back("learning_rate", *learning_rate);
  values.insert(values.end(), metrics.begin(), metrics.end());
  return values;
}

EpochRecord EpochResult::record() const {
  EpochRecord record;
  record.epoch = epoch;
  record.steps = steps;
  record.seconds = seconds;
  if (seconds > 0) record.samples_per_second = static_cast<double>(samples) / seconds;
  record.stall_fraction = loader.stall_fraction();
  record.values = values();
  record.warnings = notes;
  for (const Finding& finding : report.findings())
    if (finding.severity != Severity::note) record.warnings.push_back(finding.what);
  if (!report.empty()) record.report_json = report.to_json();
  return record;
}

}  // namespace foregraph
