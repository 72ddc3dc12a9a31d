#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

#include "pipeline/classification/result_shape.hpp"

namespace sqlproxy::pipeline {

// Shapes of results that have been seen, by the message that describes them and by all else that they rest on. Bounded:
// when it is full it starts again. Not thread-safe.
class ShapeCache {
 public:
  static constexpr std::size_t kMaxEntries = 2048;
  // Longer descriptions are not kept.
  static constexpr std::size_t kMaxDescription = std::size_t{16} << 10;

  // `basis` stands for what the shape rests on besides `description`: the statement, the catalog. Null: not seen yet.
  [[nodiscard]] ResultShapePtr find(std::string_view description, std::uint64_t basis) const;
  void insert(std::string_view description, std::uint64_t basis, ResultShapePtr shape);
  void clear() { entries_.clear(); }
  [[nodiscard]] std::size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    std::string description;
    std::uint64_t basis = 0;
    ResultShapePtr shape;
  };

  // By the hash of both; of two with the same hash the newer one is here.
  std::unordered_map<std::uint64_t, Entry> entries_;
};

}  // namespace sqlproxy::pipeline
