#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/classification/classifier.hpp"
#include "pipeline/classification/value_leaves.hpp"

namespace sqlproxy::pipeline {

// The classification of one result while its rows pass: counts what the values of the first rows are, and says in the
// end what the columns hold. Not thread-safe; made to be used again and again, so that a result costs no memory of its
// own.
class ResultScan final : private LeafVisitor {
 public:
  // Values of all columns together that are looked at, unless all rows are asked for.
  static constexpr std::size_t kMaxScannedBytes = std::size_t{256} << 10;

  void begin(ClassifierPtr classifier, ResultShapePtr shape);
  // Lets go of what begin() was given.
  void end();

  [[nodiscard]] const ResultShape& shape() const { return *shape_; }
  // The values of the next row are wanted.
  [[nodiscard]] bool wants_row() const { return wants_row_; }
  // No more rows: what has been seen is not what was thought (a row that does not fit the shape).
  void stop() { wants_row_ = false; }
  // A value that is not null, or its first ValueMatcher::kMaxText bytes. Requires: wants_row(). Columns that the shape
  // does not have are ignored.
  void value(std::size_t column, std::string_view bytes);
  void end_row();

  // The matching failed: what is found is not to be relied on.
  [[nodiscard]] bool failed() const { return failed_; }
  // Appends what the columns hold, in their order.
  void report(std::vector<Finding>& out) const;

 private:
  struct Tally {
    std::uint32_t values = 0;  // leaves, dates not counted
    std::uint32_t dates = 0;
    int first_year = 0;
    int last_year = 0;
    // Tags of keys in documents, as bits; those of the configuration beyond 64 are left out.
    std::uint64_t key_tags = 0;
  };
  // Of one pattern in one column.
  struct Count {
    std::uint32_t hits = 0;
    std::uint32_t rejected = 0;
  };
  struct Said {
    Evidence evidence;
    std::uint32_t hits = 0;
  };

  void on_text(std::string_view text, std::string_view key) override;
  void on_date(int year) override;
  void note_key(std::string_view key);
  [[nodiscard]] bool is_birth_date(const Tally& tally) const;
  void collect(std::size_t column, std::vector<Said>& said) const;
  void report_column(std::size_t index, std::vector<Said>& said, std::vector<Finding>& out) const;

  ClassifierPtr classifier_;
  ResultShapePtr shape_;
  std::vector<Tally> tallies_;
  // For each column as many as there are patterns.
  std::vector<Count> counts_;
  std::size_t current_ = 0;
  ValueMatcher::FoundList found_;
  std::uint64_t rows_ = 0;
  std::size_t bytes_ = 0;
  bool wants_row_ = false;
  bool failed_ = false;
};

}  // namespace sqlproxy::pipeline
