#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "pipeline/classification/copy_rows.hpp"
#include "pipeline/classification/result_scan.hpp"
#include "wire/row_stream.hpp"

namespace sqlproxy::frontend {

// One result on its way to the client, read along for its classification: the values of its first rows, out of DataRows
// or COPY data, in whatever pieces they come. Not thread-safe; used again for other results (ResultDesk).
class ResultReading final : private pipeline::CopyVisitor {
 public:
  ResultReading() : row_(pipeline::ValueMatcher::kMaxText) {}

  void begin(const pipeline::ClassifierPtr& classifier, pipeline::ResultShapePtr shape);
  // The rows come as COPY data. Columns that nobody has named get the names of the header, if it has one.
  void begin_copy(const pipeline::ClassifierPtr& classifier, std::vector<pipeline::ResultColumn> columns,
                  const pipeline::CopyFormat& format);
  // Lets go of everything that belongs to the result.
  void end();

  // What comes next is looked at.
  [[nodiscard]] bool wants_row() const { return scan_.wants_row(); }
  // A DataRow begins; bytes() brings its body.
  void begin_row() { row_.begin(); }
  void row_bytes(std::string_view bytes);
  // The whole of the row has come.
  void end_row();
  void copy_bytes(std::string_view bytes);
  // The value of a FunctionCall.
  void single_value(std::string_view bytes);

  [[nodiscard]] const pipeline::ResultScan& scan() const { return scan_; }

 private:
  void on_copy_value(std::size_t column, std::string_view value) override;
  void on_copy_row() override;

  struct Copy {
    explicit Copy(const pipeline::CopyFormat& format) : rows(format) {}
    pipeline::CopyRows rows;
    bool in_header = false;
    pipeline::ClassifierPtr classifier;
    std::vector<pipeline::ResultColumn> columns;
  };

  pipeline::ResultScan scan_;
  wire::RowStream row_;
  std::unique_ptr<Copy> copy_;
};

}  // namespace sqlproxy::frontend
