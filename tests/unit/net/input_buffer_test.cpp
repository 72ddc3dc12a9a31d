#include "net/input_buffer.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>

namespace sqlproxy::net {
namespace {

// A read that brings `bytes`, as far as there is room; returns how much it brought.
std::size_t fill(InputBuffer& buffer, std::string_view bytes) {
  const std::span<char> room = buffer.prepare();
  const std::size_t size = std::min(room.size(), bytes.size());
  std::ranges::copy(bytes.substr(0, size), room.begin());
  buffer.commit(size);
  return size;
}

void fill_all(InputBuffer& buffer, std::string_view bytes) {
  while (!bytes.empty()) bytes.remove_prefix(fill(buffer, bytes));
}

TEST(InputBuffer, HoldsNoMemoryBeforeTheFirstRead) {
  InputBuffer buffer;
  EXPECT_EQ(buffer.capacity(), 0U);
  EXPECT_TRUE(buffer.empty());
  EXPECT_EQ(buffer.data(), "");
  EXPECT_EQ(buffer.prepare().size(), InputBuffer::kMinCapacity);
}

TEST(InputBuffer, GivesTheBytesInOrder) {
  InputBuffer buffer;
  EXPECT_EQ(fill(buffer, "abc"), 3U);
  EXPECT_EQ(fill(buffer, "def"), 3U);
  EXPECT_EQ(buffer.data(), "abcdef");
  buffer.consume(2);
  EXPECT_EQ(buffer.data(), "cdef");
  buffer.consume(4);
  EXPECT_TRUE(buffer.empty());
}

TEST(InputBuffer, AFullReadMakesTheNextOneLarger) {
  InputBuffer buffer;
  std::size_t room = buffer.prepare().size();
  for (int read = 0; read < 10; ++read) {
    fill_all(buffer, std::string(room, 'x'));
    buffer.consume(buffer.size());
    const std::size_t next = buffer.prepare().size();
    EXPECT_EQ(next, std::min(room * 4, InputBuffer::kMaxReadSize));
    room = next;
  }
  EXPECT_EQ(room, InputBuffer::kMaxReadSize);
  EXPECT_EQ(fill(buffer, "x"), 1U);
  EXPECT_EQ(buffer.prepare().size(), InputBuffer::kMaxReadSize - 1);
}

TEST(InputBuffer, ThereIsAlwaysRoomToReadInto) {
  InputBuffer buffer;
  fill_all(buffer, std::string(InputBuffer::kMaxReadSize, 'a'));
  for (int i = 0; i < 4; ++i) EXPECT_GT(fill(buffer, std::string(InputBuffer::kMaxReadSize, 'b')), 0U);
  EXPECT_EQ(buffer.data().substr(0, InputBuffer::kMaxReadSize), std::string(InputBuffer::kMaxReadSize, 'a'));
}

TEST(InputBuffer, ReserveMakesRoomForAMessageInOneBlock) {
  InputBuffer buffer;
  fill_all(buffer, std::string(300, 'a') + std::string(100, 'b'));
  buffer.consume(300);
  buffer.reserve(InputBuffer::kMinCapacity);
  EXPECT_EQ(buffer.capacity(), InputBuffer::kMinCapacity) << "moved within its block";
  EXPECT_EQ(buffer.data(), std::string(100, 'b'));
  EXPECT_EQ(buffer.prepare().size(), InputBuffer::kMinCapacity - 100);
  buffer.reserve(100000);
  EXPECT_EQ(buffer.data(), std::string(100, 'b'));
  EXPECT_GE(buffer.prepare().size(), 100000U - 100);
  const std::size_t capacity = buffer.capacity();
  buffer.reserve(10);
  EXPECT_EQ(buffer.capacity(), capacity);
}

TEST(InputBuffer, GivesLargeBlocksBackWhenTheyAreEmptyAndNotNeeded) {
  InputBuffer buffer;
  buffer.reserve(100000);
  fill_all(buffer, std::string(1000, 'a'));
  buffer.release_if_empty();
  EXPECT_EQ(buffer.size(), 1000U) << "unread bytes stay";
  buffer.consume(1000);
  buffer.release_if_empty();
  EXPECT_EQ(buffer.capacity(), 0U);
  EXPECT_EQ(buffer.prepare().size(), InputBuffer::kMinCapacity);
  EXPECT_EQ(fill(buffer, "abc"), 3U);
  EXPECT_EQ(buffer.data(), "abc");
}

TEST(InputBuffer, KeepsASmallBlock) {
  InputBuffer buffer;
  EXPECT_EQ(fill(buffer, "abc"), 3U);
  buffer.consume(3);
  buffer.release_if_empty();
  EXPECT_EQ(buffer.capacity(), InputBuffer::kMinCapacity);
}

TEST(InputBuffer, KeepsALargeBlockThatReadsStillFill) {
  InputBuffer buffer;
  buffer.reserve(8192);
  fill_all(buffer, std::string(4096, 'a'));
  buffer.consume(4096);
  buffer.release_if_empty();
  EXPECT_EQ(buffer.capacity(), 8192U);
}

// Against a plain string, with reads and uses of every size.
TEST(InputBuffer, LosesAndInventsNothing) {
  std::mt19937 random(1);  // NOLINT(*-msc51-cpp): the same walk each time
  InputBuffer buffer;
  std::string model;
  for (int step = 0; step < 5000; ++step) {
    const std::string bytes(random() % 3000, static_cast<char>('a' + step % 26));
    if (!bytes.empty()) model += bytes.substr(0, fill(buffer, bytes));
    if (random() % 8 == 0) buffer.reserve(random() % 20000);
    const std::size_t used = random() % 3 == 0 ? model.size() : random() % (model.size() + 1);
    buffer.consume(used);
    model.erase(0, used);
    if (random() % 4 == 0) buffer.release_if_empty();
    ASSERT_EQ(buffer.data(), model);
    ASSERT_EQ(buffer.size(), model.size());
    ASSERT_LE(buffer.size(), buffer.capacity());
  }
}

}  // namespace
}  // namespace sqlproxy::net
