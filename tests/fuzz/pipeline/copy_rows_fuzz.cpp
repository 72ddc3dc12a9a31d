// Any bytes as COPY data, in every format: the same rows however the data is cut, and no value longer than it may be.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "pipeline/classification/copy_rows.hpp"

namespace {

using namespace sqlproxy::pipeline;

class Rows : public CopyVisitor {
 public:
  void on_copy_value(std::size_t column, std::string_view value) override {
    if (value.size() > CopyRows::kMaxValue) std::abort();
    text += std::to_string(column);
    text += value;
    text += '\1';
  }
  void on_copy_row() override { text += '\2'; }
  std::string text;
};

std::string rows_of(const CopyFormat& format, std::string_view data, std::size_t piece) {
  CopyRows rows(format);
  Rows taken;
  while (!data.empty()) {
    rows.take(data.substr(0, piece), taken);
    data.remove_prefix(std::min(piece, data.size()));
  }
  return taken.text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  for (const auto kind : {CopyFormat::Kind::text, CopyFormat::Kind::csv, CopyFormat::Kind::binary}) {
    CopyFormat format;
    format.kind = kind;
    format.delimiter = kind == CopyFormat::Kind::csv ? ',' : '\t';
    if (size % 2 == 1) format.escape = '\\';
    const std::string whole = rows_of(format, bytes, size == 0 ? 1 : size);
    if (rows_of(format, bytes, 1) != whole || rows_of(format, bytes, 7) != whole) std::abort();
  }
  return 0;
}
