#pragma once

#include <memory>
#include <vector>

#include "audit/event.hpp"
#include "frontend/result_reading.hpp"
#include "pipeline/classification/shape_cache.hpp"

namespace sqlproxy::frontend {

class ResultDesk;

// A reading that is in use; goes back to its desk when this object ends.
class ReadingLease {
 public:
  ReadingLease() = default;
  ReadingLease(ResultDesk& desk, std::shared_ptr<ResultReading> reading) : desk_(&desk), reading_(std::move(reading)) {}
  ReadingLease(ReadingLease&&) noexcept = default;
  ReadingLease& operator=(ReadingLease&& other) noexcept;
  ~ReadingLease() { release(); }

  explicit operator bool() const { return reading_ != nullptr; }
  [[nodiscard]] const std::shared_ptr<ResultReading>& reading() const { return reading_; }
  void release();

 private:
  ResultDesk* desk_ = nullptr;
  std::shared_ptr<ResultReading> reading_;
};

// What the sessions of one worker share for the classification of their results: the classifier of the newest
// configuration, the shapes that it has seen, and readings that are free. Outlives the sessions; not thread-safe.
class ResultDesk {
 public:
  // Readings that are kept for the next results.
  static constexpr std::size_t kMaxFree = 64;

  // Null: nothing is classified.
  void use(pipeline::ClassifierPtr classifier);
  [[nodiscard]] const pipeline::ClassifierPtr& classifier() const { return classifier_; }
  [[nodiscard]] bool enabled() const { return classifier_ != nullptr; }
  [[nodiscard]] pipeline::ShapeCache& shapes() { return shapes_; }

  [[nodiscard]] ReadingLease lease();
  void give_back(std::shared_ptr<ResultReading> reading);

 private:
  pipeline::ClassifierPtr classifier_;
  pipeline::ShapeCache shapes_;
  std::vector<std::shared_ptr<ResultReading>> free_;
};

// Writes what a reading has found into its event. A classification that has failed is logged, and the event says that
// nothing was classified.
void report_classification(const ResultReading& reading, audit::Event& event);

}  // namespace sqlproxy::frontend
