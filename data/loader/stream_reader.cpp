#include <foregraph/detail/data/loader/stream_reader.hpp>

#include <algorithm>
#include <cstring>
#include <foregraph/detail/base/error.hpp>

namespace foregraph::data {

StreamReader::StreamReader(const Pipeline& pipeline)
    : pipeline_(pipeline),
      description_(pipeline.description_.get()),
      stream_(pipeline.stream().get()),
      target_(pipeline.fields().size(), nullptr),
      rows_target_(pipeline.fields().size(), nullptr),
      nowhere_(pipeline.fields().size(), nullptr) {
  if (description_->order != Pipeline::Order::buffered) return;
  const std::int64_t capacity = std::min(description_->buffer, description_->samples);
  buffer_ = ShuffleBuffer(capacity);
  for (const FieldSpec& field : stream_->fields()) place_bytes_ += in_place_bytes(field);
  places_ = Arena(static_cast<std::size_t>(capacity * place_bytes_));
}

void StreamReader::start(std::int64_t epoch, std::int64_t position) {
  epoch_ = epoch;
  const std::int64_t length = pipeline_.samples_per_pass();
  pass_ = position / length;
  start_pass();
  for (std::int64_t i = 0; i < position % length; ++i) {
    next_of_pass(nowhere_);
    ++position_;
  }
}

void StreamReader::start_pass() {
  const std::int64_t stream = epoch_ * description_->repeat + pass_;
  position_ = drawn_ = read_ = 0;
  stream_->restart(stream);
  if (place_bytes_ == 0) return;
  buffer_.start(description_->samples, description_->seed, static_cast<std::uint64_t>(stream));
  for (std::int64_t place = 0; place < buffer_.filled(); ++place) read_into_place(place);
}

void StreamReader::read_into(std::span<std::byte* const> to) {
  if (!stream_->next(to))
    throw DataError("the stream ended after " + std::to_string(read_) +
                    " samples, but an epoch was declared to have " +
                    std::to_string(description_->samples) + "; pass the right number to from()");
  ++read_;
}

void StreamReader::read_into_place(std::int64_t place) {
  std::byte* at = places_.data() + place * place_bytes_;
  for (std::size_t i = 0; i < target_.size(); ++i) {
    target_[i] = at;
    at += in_place_bytes(stream_->fields()[i]);
  }
  read_into(target_);
}

std::int64_t StreamReader::next_of_pass(std::span<std::byte* const> to) {
  const std::int64_t wanted =
      description_->skip + position_ * description_->shards + description_->shard;
  std::int64_t sample = 0;
  for (; drawn_ <= wanted; ++drawn_) {
    const bool dropped = drawn_ < wanted;
    if (place_bytes_ == 0) {
      sample = drawn_;
      read_into(dropped ? std::span<std::byte* const>(nowhere_) : to);
      continue;
    }
    const ShuffleBuffer::Draw draw = buffer_.draw();
    sample = draw.sample;
    const std::byte* from = places_.data() + draw.place * place_bytes_;
    for (std::size_t i = 0; i < to.size(); ++i) {
      const auto bytes = static_cast<std::size_t>(stream_->fields()[i].row_bytes());
      if (!dropped && to[i] != nullptr) std::memcpy(to[i], from, bytes);
      from += in_place_bytes(stream_->fields()[i]);
    }
    if (draw.next_sample >= 0) read_into_place(draw.place);
  }
  return sample;
}

void StreamReader::next(std::span<std::int64_t> rows, std::span<std::byte* const> to) {
  auto& at = rows_target_;
  std::copy(to.begin(), to.end(), at.begin());
  for (std::int64_t& row : rows) {
    if (position_ == pipeline_.samples_per_pass()) {
      ++pass_;
      start_pass();
    }
    row = next_of_pass(at);
    ++position_;
    for (std::size_t i = 0; i < at.size(); ++i)
      if (at[i] != nullptr) at[i] += stream_->fields()[i].row_bytes();
  }
}

}  // namespace foregraph::data
