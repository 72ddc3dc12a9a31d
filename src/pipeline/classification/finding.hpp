#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "pipeline/classification/tag.hpp"

namespace sqlproxy::pipeline {

// By what a column was recognised.
enum class ClassifiedBy : std::uint8_t { name, type, value, derivation };

[[nodiscard]] constexpr std::string_view to_string(ClassifiedBy method) {
  switch (method) {
    case ClassifiedBy::name: return "name";
    case ClassifiedBy::type: return "type";
    case ClassifiedBy::value: return "value";
    case ClassifiedBy::derivation: return "derivation";
  }
  return "";
}

// What one strategy says of a column.
struct Evidence {
  TagId tag = 0;
  double confidence = 0;  // 0 to 1
  ClassifiedBy by = ClassifiedBy::name;
};

// From here on a strategy is believed, and those behind it are not asked.
inline constexpr double kConfident = 0.8;

// What the classification of a result says of one of its columns.
struct Finding {
  std::string column;
  std::string tag;
  double confidence = 0;
  ClassifiedBy by = ClassifiedBy::name;
  std::uint64_t rows_sampled = 0;
};

}  // namespace sqlproxy::pipeline
