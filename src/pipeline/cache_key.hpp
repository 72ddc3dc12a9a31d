#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace sqlproxy::pipeline {

// Under what an analysis is cached: two texts with equal keys have analyses that differ at most in places
// (Statement::offset and ::length, the locations of objects and functions).
struct CacheKey {
  // Of the text that it was made from when `exact`, otherwise of the maker's buffer.
  std::string_view text;
  std::uint64_t hash = 0;
  // The key is the text itself, byte for byte: then places are equal too.
  bool exact = true;
  // Texts of this key differ in comments, spaces and what stands behind the statement alone. Never with `exact`.
  bool literal_free = false;

  friend bool operator==(const CacheKey&, const CacheKey&) = default;
};

// Makes cache keys, reusing one buffer: no allocation once it has grown. One per worker, not thread-safe; a key's text
// is valid until the next make().
//
// The rules for what is normalised away, and what is not, are at the top of cache_key.cpp.
class CacheKeyMaker {
 public:
  // Longer texts are keyed exactly: bounds the buffer at twice this.
  static constexpr std::size_t kMaxNormalizedBytes = std::size_t{64} << 10;

  // The seed should be random, so that nobody can prepare texts whose hashes collide.
  explicit CacheKeyMaker(std::uint64_t seed) : seed_(seed) {}

  // Requires: check_bytes accepts `sql`.
  [[nodiscard]] CacheKey make(std::string_view sql);

 private:
  std::uint64_t seed_;
  std::string buffer_;
};

}  // namespace sqlproxy::pipeline
