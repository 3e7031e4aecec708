#include "stages/capture/byte_source.hpp"

#include <algorithm>
#include <cstring>

namespace ipet::capture {

ByteSource::ByteSource(std::unique_ptr<Input> input)
    : input_(std::move(input)), buffer_(std::make_unique_for_overwrite<std::uint8_t[]>(capacity)) {}

void ByteSource::refill(std::size_t size) {
  if (exhausted_) return;
  if (size > capacity) throw std::logic_error("peeked beyond the buffer");
  std::memmove(buffer_.get(), buffer_.get() + begin_, end_ - begin_);
  base_ += begin_;
  end_ -= begin_;
  begin_ = 0;
  const std::size_t room = capacity - end_, got = input_->read(buffer_.get() + end_, room);
  end_ += got;
  exhausted_ = got < room;
}

std::size_t ByteSource::read(std::uint8_t* to, std::size_t size) {
  const std::size_t ready = std::min(size, end_ - begin_);
  std::copy_n(buffer_.get() + begin_, ready, to);
  begin_ += ready;
  if (ready == size || exhausted_) return ready;
  const std::size_t got = input_->read(to + ready, size - ready);
  base_ += got;
  exhausted_ = got < size - ready;
  return ready + got;
}

std::uint64_t ByteSource::skip_beyond(std::uint64_t size) {
  std::uint64_t done = 0;
  while (done < size) {
    const std::uint64_t step = std::min<std::uint64_t>(size - done, peek(1).size());
    if (step == 0) break;
    begin_ += static_cast<std::size_t>(step);
    done += step;
  }
  return done;
}

}  // namespace ipet::capture
