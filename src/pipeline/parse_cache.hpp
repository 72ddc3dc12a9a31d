#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <unordered_map>

#include "pipeline/analysis.hpp"
#include "pipeline/cache_key.hpp"

namespace sqlproxy::pipeline {

struct ParseCacheLimits {
  std::size_t max_entries = 8192;
  // Of keys and analyses together, estimated.
  std::size_t max_bytes = std::size_t{32} << 20;
  // Longer texts are seldom repeated, and a few of them would push out all others.
  std::size_t max_key_bytes = std::size_t{64} << 10;
};

// The analyses of texts seen lately, least recently used out first. One per worker, not thread-safe.
//
// A hit allocates nothing. The hash finds the entry, the key's text decides: a collision is a miss, and the newer text
// replaces the older.
class ParseCache {
 public:
  explicit ParseCache(const ParseCacheLimits& limits = {});

  // nullptr when there is none. On a hit by a key that is not exact the places in the analysis (Statement::offset and
  // ::length, the locations) are those of another text of the same shape: such a text is always a single statement, and
  // it is the whole message.
  [[nodiscard]] std::shared_ptr<const Analysis> find(const CacheKey& key);

  // What find() would have returned was known without it.
  void count_hit() { ++hits_; }

  // Does nothing when the analysis cannot be shared: it is an error (whose message and position belong to one text) and
  // the key is not exact; its key is too long; it is larger than an eighth of the cache.
  void insert(const CacheKey& key, std::shared_ptr<const Analysis> analysis);

  void clear();

  [[nodiscard]] std::size_t entries() const { return recent_.size(); }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }
  [[nodiscard]] std::uint64_t hits() const { return hits_; }
  [[nodiscard]] std::uint64_t misses() const { return misses_; }

 private:
  struct Entry {
    std::uint64_t hash;
    bool exact;
    std::string text;
    std::shared_ptr<const Analysis> analysis;
    std::size_t bytes;
  };
  using Entries = std::list<Entry>;

  void erase(Entries::iterator entry);

  ParseCacheLimits limits_;
  Entries recent_;  // most recent first
  std::unordered_map<std::uint64_t, Entries::iterator> by_hash_;
  std::size_t bytes_ = 0;
  std::uint64_t hits_ = 0;
  std::uint64_t misses_ = 0;
};

}  // namespace sqlproxy::pipeline
