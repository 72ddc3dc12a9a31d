#include "net/input_buffer.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>

#include "core/secret.hpp"

namespace sqlproxy::net {

std::span<char> InputBuffer::prepare() {
  if (capacity_ == 0) reallocate(kMinCapacity);
  if (begin_ == end_) begin_ = end_ = 0;
  if (last_read_was_full_ && capacity_ < kMaxReadSize) reallocate(std::min(capacity_ * 4, kMaxReadSize));
  if (end_ == capacity_) {
    if (begin_ > 0) {
      std::memmove(block_.get(), block_.get() + begin_, size());
      end_ -= begin_;
      begin_ = 0;
    } else {
      reallocate(capacity_ * 2);
    }
  }
  return {block_.get() + end_, capacity_ - end_};
}

void InputBuffer::commit(std::size_t size) {
  assert(size <= capacity_ - end_);
  last_read_was_full_ = size == capacity_ - end_;
  last_read_size_ = size;
  end_ += size;
}

void InputBuffer::consume(std::size_t size) {
  assert(size <= this->size());
  begin_ += size;
}

void InputBuffer::wipe_consumed() {
  core::secure_zero(block_.get(), begin_);
}

void InputBuffer::reserve(std::size_t total) {
  if (capacity_ - begin_ >= total) return;
  if (capacity_ >= total) {
    std::memmove(block_.get(), block_.get() + begin_, size());
    end_ -= begin_;
    begin_ = 0;
    return;
  }
  reallocate(total);
}

void InputBuffer::release_if_empty() {
  if (begin_ != end_ || capacity_ <= kMinCapacity || last_read_size_ * 4 >= capacity_) return;
  block_.reset();
  capacity_ = begin_ = end_ = 0;
  last_read_was_full_ = false;
}

void InputBuffer::reallocate(std::size_t capacity) {
  auto block = std::make_unique_for_overwrite<char[]>(capacity);
  const std::size_t unread = size();
  if (unread != 0) std::memcpy(block.get(), block_.get() + begin_, unread);
  block_ = std::move(block);
  capacity_ = capacity;
  begin_ = 0;
  end_ = unread;
}

}  // namespace sqlproxy::net
