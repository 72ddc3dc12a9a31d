#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

namespace sqlproxy::net {

// The bytes that were read from a peer and not yet used: one contiguous block that grows while reads fill it and
// shrinks when it is empty, so that an idle connection holds little and a busy one reads much at a time.
//
// Invariants: the unread bytes are [begin_, end_) of the block; size() never exceeds the limit given to reserve().
// Not thread-safe. Views from data() die with the next call of a non-const member.
class InputBuffer {
 public:
  static constexpr std::size_t kMinCapacity = 512;
  // What is read stays in the processor's nearest cache until it is written: with 64 KiB a large result costs a quarter
  // more processor time, with 16 KiB a COPY has twice the system calls.
  static constexpr std::size_t kMaxReadSize = std::size_t{32} * 1024;

  [[nodiscard]] std::string_view data() const { return {block_.get() + begin_, end_ - begin_}; }
  [[nodiscard]] std::size_t size() const { return end_ - begin_; }
  [[nodiscard]] bool empty() const { return begin_ == end_; }
  [[nodiscard]] std::size_t capacity() const { return capacity_; }

  // Room to read into; at least one byte. Takes memory when there is none yet.
  [[nodiscard]] std::span<char> prepare();
  // `size` bytes of what prepare() returned are filled now. A read that filled all of it makes the next room larger.
  void commit(std::size_t size);
  // Drops the first `size` unread bytes. Requires: size <= size().
  void consume(std::size_t size);
  // Overwrites what has been consumed, for when there were secrets in it. Of blocks that were too small and replaced
  // nothing is known any more: reserve() first.
  void wipe_consumed();
  // Makes room for unread bytes of `total` in one block, for a message that is looked at as a whole.
  void reserve(std::size_t total);
  // Gives memory back when nothing is unread and the last read would have fitted into less; to be called before a wait
  // that may be long.
  void release_if_empty();

 private:
  void reallocate(std::size_t capacity);

  std::unique_ptr<char[]> block_;
  std::size_t capacity_ = 0;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::size_t last_read_size_ = 0;
  bool last_read_was_full_ = false;
};

}  // namespace sqlproxy::net
