#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace sqlproxy::pipeline {

// How a COPY over the connection writes its rows, as far as the statement says so. Plain data.
struct CopyFormat {
  enum class Kind : std::uint8_t { text, csv, binary };

  Kind kind = Kind::text;
  char delimiter = '\t';
  char quote = '"';
  char escape = '"';
  std::string null_text = "\\N";
  // The first row has the columns' names.
  bool header = false;
  // Of a column list; empty: all that there are.
  std::vector<std::string> columns;
};

}  // namespace sqlproxy::pipeline
