#include <algorithm>
#include <cstring>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/base/random.hpp>
#include <foregraph/detail/data/dataset/row_shape.hpp>
#include <foregraph/detail/data/pipeline/pipeline.hpp>
#include <map>

#include <foregraph/detail/data/dataset/row_reader.hpp>

namespace foregraph::data {
namespace {

/// Returns the rows of each class.
std::vector<std::vector<std::int64_t>> rows_of_classes(const Dataset& data,
                                                       const std::string& label) {
  const std::ptrdiff_t index = data.find(label);
  if (index < 0)
    throw DataError("class_balanced: the data set has no field '" + label +
                    "'; choose the field that holds the classes");
  const auto field = static_cast<std::size_t>(index);
  const FieldSpec& spec = data.fields()[field];
  if (spec.row_elements() != 1)
    throw DataError("class_balanced: field '" + label + "' has " +
                    std::to_string(spec.row_elements()) +
                    " values per sample, expected one: the class");
  const auto bytes = static_cast<std::size_t>(spec.row_bytes());
  std::map<std::uint64_t, std::vector<std::int64_t>> classes;
  for_each_row(data, field, [&](std::int64_t row, const std::byte* at) {
    std::uint64_t value = 0;  // bit pattern of the value, up to 8 bytes
    std::memcpy(&value, at, bytes);
    classes[value].push_back(row);
    return true;
  });
  if (static_cast<std::int64_t>(classes.size()) * 2 > std::max<std::int64_t>(data.size(), 3))
    throw DataError("class_balanced: field '" + label + "' has " + std::to_string(classes.size()) +
                    " different values in " + std::to_string(data.size()) +
                    " samples, so they are probably not classes; choose another field");
  std::vector<std::vector<std::int64_t>> rows;
  for (auto& [key, of_class] : classes) rows.push_back(std::move(of_class));
  return rows;
}

/// Limit on prefetched batches; more than any machine has use for.
constexpr int most_prefetch = 1'000'000;

}  // namespace

Pipeline::Pipeline(Dataset dataset) {
  if (dataset.size() < 1)
    throw DataError("the data set has no samples; add fields with at least one row");
  auto made = std::make_shared<Description>();
  made->samples = dataset.size();
  made->fields.assign(dataset.fields().begin(), dataset.fields().end());
  made->dataset = std::move(dataset);
  description_ = std::move(made);
}

Pipeline::Pipeline(std::shared_ptr<Stream> stream, std::int64_t samples) {
  if (stream == nullptr) throw UsageError("the stream of the pipeline is null");
  if (samples < 1)
    throw UsageError("the stream has " + std::to_string(samples) +
                     " samples per epoch, expected at least 1");
  auto made = std::make_shared<Description>();
  made->samples = samples;
  made->fields.assign(stream->fields().begin(), stream->fields().end());
  made->stream = std::move(stream);
  description_ = std::move(made);
}

template <class Change>
Pipeline Pipeline::with(Change change) const {
  auto changed = std::make_shared<Description>(*description_);
  change(*changed);
  Pipeline result = *this;
  result.description_ = std::move(changed);
  if (!(CheckedSize(result.samples_per_pass()) * result.description_->repeat).fits())
    throw UsageError(
        "repeat: " + std::to_string(result.description_->repeat) + " times " +
        std::to_string(result.samples_per_pass()) +
        " samples do not fit in 64 bits; fit() takes the number of epochs in FitOptions::epochs");
  return result;
}

Pipeline Pipeline::shuffle(std::uint64_t seed, Permutation permutation) const {
  if (stream())
    throw UsageError(
        "shuffle: a stream cannot be read in another order; use shuffle_buffer(), or write the "
        "samples to a file first");
  return with([&](Description& d) {
    d.order = permutation == Permutation::stored ? Order::permuted : Order::computed;
    d.seed = seed;
  });
}

Pipeline Pipeline::shuffle_buffer(std::int64_t size, std::uint64_t seed) const {
  if (size < 1)
    throw UsageError("shuffle_buffer: the size is " + std::to_string(size) +
                     ", expected at least 1 sample");
  return with([&](Description& d) {
    d.order = Order::buffered;
    d.buffer = size;
    d.seed = seed;
  });
}

Pipeline Pipeline::class_balanced(const std::string& label, std::uint64_t seed) const {
  if (stream())
    throw UsageError(
        "class_balanced: a stream cannot be read in another order; write the samples to a file "
        "first");
  return with([&](Description& d) {
    d.order = Order::balanced;
    d.seed = seed;
    d.classes = std::make_shared<const std::vector<std::vector<std::int64_t>>>(
        rows_of_classes(d.dataset, label));
  });
}

Pipeline Pipeline::skip(std::int64_t samples) const {
  // Refuse a negative number like one that leaves nothing.
  Pipeline changed =
      with([&](Description& d) { d.skip = samples < 0 ? description_->samples : samples; });
  if (changed.samples_per_pass() < 1)
    throw UsageError("skip: " + std::to_string(samples) + " samples would leave none of " +
                     std::to_string(description_->samples) + "; skip fewer");
  return changed;
}

Pipeline Pipeline::take(std::int64_t samples) const {
  Pipeline changed = with([&](Description& d) { d.take = samples; });
  if (samples < 1 || changed.samples_per_pass() < 1)
    throw UsageError("take: " + std::to_string(samples) + " samples, expected at least 1");
  return changed;
}

Pipeline Pipeline::shard(std::int64_t index, std::int64_t count) const {
  if (index < 0 || index >= count)
    throw UsageError("shard: part " + std::to_string(index) + " of " + std::to_string(count) +
                     ", expected 0 up to the number of parts minus 1");
  const Pipeline last = with([&](Description& d) {
    d.shard = count - 1;
    d.shards = count;
  });
  if (last.samples_per_pass() < 1)
    throw UsageError(
        "shard: " + std::to_string(count) +
        " parts, but there are fewer samples, so some would be empty; use fewer parts");
  return last.with([&](Description& d) { d.shard = index; });
}

Pipeline Pipeline::repeat(std::int64_t times) const {
  if (times < 1)
    throw UsageError("repeat: " + std::to_string(times) + " times, expected at least once");
  return with([&](Description& d) { d.repeat = times; });
}

Pipeline Pipeline::map(Transform transform, std::string name) const {
  if (!transform) throw UsageError("map: the transform is empty; give a function of Sample&");
  return with([&](Description& d) {
    d.stages.push_back({.name = std::move(name), .change = std::move(transform)});
  });
}

Pipeline Pipeline::converted(FieldSpec to, DType from, Conversion convert, std::string name) const {
  const std::ptrdiff_t index = find(to.name);
  if (index < 0) throw DataError("convert: the data set has no field '" + to.name + "'");
  const FieldSpec& before = fields()[static_cast<std::size_t>(index)];
  if (before.dtype != from)
    throw DataError("convert: field '" + to.name + "' is " + std::string(name_of(before.dtype)) +
                    " at this point, but the function takes " + std::string(name_of(from)));
  check_row_shape("convert: the new ", to);
  return with([&](Description& d) {
    d.fields[static_cast<std::size_t>(index)] = to;
    d.stages.push_back(
        {.name = std::move(name), .field = std::move(to), .convert = std::move(convert)});
  });
}

Pipeline Pipeline::preprocess(const Preprocessing& preprocessing) const {
  if (!preprocessing.fitted())
    throw UsageError(
        "preprocess: the statistics are not fitted yet; call fit() with the training data");
  if (description_->preprocessing)
    throw UsageError(
        "preprocess: this pipeline already has a Preprocessing; combine the two into one");
  return with([&](Description& d) {
    d.preprocessing = std::make_shared<const Preprocessing>(preprocessing);
    if (!d.stream) {
      d.dataset = preprocessing.encode(d.dataset);
      for (std::size_t i = d.fields.size(); i < d.dataset.fields().size(); ++i)
        d.fields.push_back(d.dataset.fields()[i]);  // text converted to numbers
    }
    d.stages.push_back({.name = "preprocess",
                        .change = [of = d.preprocessing](Sample& sample) { of->apply(sample); }});
  });
}

Pipeline Pipeline::cache() const {
  if (stream())
    throw UsageError(
        "cache: a stream may deliver different samples in the next epoch, so it cannot be cached");
  return with([](Description& d) { d.cached = d.stages.size(); });
}

Pipeline Pipeline::batch(std::int64_t size, Tail tail) const {
  if (size < 1)
    throw BatchError("batch size is " + std::to_string(size) + ", expected at least 1 sample");
  if (tail == Tail::drop && size > samples_per_epoch())
    throw BatchError(
        "batch size is " + std::to_string(size) + ", but the data set has only " +
        std::to_string(samples_per_epoch()) +
        " samples, so Tail::drop would leave no batch; use a smaller batch or Tail::keep");
  return with([&](Description& d) {
    d.batch_size = size;
    d.tail = tail;
  });
}

Pipeline Pipeline::prefetch(int depth) const {
  if (depth < 0)
    throw UsageError("prefetch: the depth is " + std::to_string(depth) +
                     ", expected 0 or more batches");
  if (depth > most_prefetch)
    throw UsageError("prefetch: the depth is " + std::to_string(depth) + ", expected at most " +
                     std::to_string(most_prefetch) +
                     " batches; each one takes memory, and a few are enough");
  return with([&](Description& d) { d.prefetch = depth; });
}

Pipeline Pipeline::workers(int count) const {
  if (count < 1)
    throw UsageError("workers: " + std::to_string(count) + " threads, expected at least 1");
  if (count > most_workers)
    throw UsageError("workers: " + std::to_string(count) + " threads, expected at most " +
                     std::to_string(most_workers) +
                     "; more threads than cores do not make it faster");
  return with([&](Description& d) { d.workers = count; });
}

Pipeline Pipeline::watchdog(double seconds, StallHandler handler) const {
  if (!(seconds > 0))
    throw UsageError("watchdog: the time is " + std::to_string(seconds) +
                     " seconds, expected more than 0");
  return with([&](Description& d) {
    d.stall_seconds = seconds;
    d.stall_handler = std::move(handler);
  });
}

std::ptrdiff_t Pipeline::find(std::string_view name) const {
  for (std::size_t i = 0; i < fields().size(); ++i)
    if (fields()[i].name == name) return static_cast<std::ptrdiff_t>(i);
  return -1;
}

int Pipeline::prefetch_depth() const {
  const int workers = description_->workers;
  return workers > 1 ? std::max(workers, description_->prefetch) : description_->prefetch;
}

std::optional<std::uint64_t> Pipeline::seed() const {
  return shuffled() ? std::optional(description_->seed) : std::nullopt;
}

const Preprocessing* Pipeline::preprocessing() const {
  return description_->preprocessing.get();
}

std::int64_t Pipeline::samples_per_pass() const {
  const Description& d = *description_;
  std::int64_t samples = std::max<std::int64_t>(0, d.samples - d.skip);
  if (d.take >= 0) samples = std::min(samples, d.take);
  if (samples <= d.shard) return 0;
  return (samples - 1 - d.shard) / d.shards + 1;
}

std::int64_t Pipeline::samples_per_epoch() const {
  return samples_per_pass() * description_->repeat;
}

std::int64_t Pipeline::batches_per_epoch() const {
  const std::int64_t samples = samples_per_epoch();
  const std::int64_t whole = samples / batch_size();
  return tail() == Tail::drop ? whole : whole + (samples % batch_size() != 0 ? 1 : 0);
}

std::int64_t Pipeline::largest_batch() const {
  return tail() == Tail::pad ? batch_size() : std::min(batch_size(), samples_per_epoch());
}

std::uint64_t Pipeline::order_fingerprint() const {
  const Description& d = *description_;
  std::uint64_t hash = 0;
  for (const std::int64_t each :
       {d.samples, static_cast<std::int64_t>(d.order), static_cast<std::int64_t>(d.seed), d.buffer,
        d.skip, d.take, d.shard, d.shards, d.repeat, d.batch_size,
        static_cast<std::int64_t>(d.tail)})
    hash = spread_bits(hash * 31 + static_cast<std::uint64_t>(each) + 1);
  return hash;
}

Pipeline Pipeline::in_order() const {
  return with([](Description& d) {
    d.order = Order::as_is;
    d.repeat = 1;
    d.cached.reset();
    d.tail = Tail::keep;
  });
}

}  // namespace foregraph::data
