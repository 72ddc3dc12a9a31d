#include "frontend/result_desk.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "core/log.hpp"

namespace sqlproxy::frontend {

ReadingLease& ReadingLease::operator=(ReadingLease&& other) noexcept {
  if (this == &other) return *this;
  release();
  desk_ = other.desk_;
  reading_ = std::move(other.reading_);
  return *this;
}

void ReadingLease::release() {
  if (reading_) desk_->give_back(std::move(reading_));
}

void ResultDesk::use(pipeline::ClassifierPtr classifier) {
  if (classifier == classifier_) return;
  classifier_ = std::move(classifier);
  shapes_.clear();
}

ReadingLease ResultDesk::lease() {
  if (free_.empty()) return {*this, std::make_shared<ResultReading>()};
  std::shared_ptr<ResultReading> reading = std::move(free_.back());
  free_.pop_back();
  return {*this, std::move(reading)};
}

void ResultDesk::give_back(std::shared_ptr<ResultReading> reading) {
  // The relay may still be within a message of it.
  if (reading.use_count() != 1 || free_.size() >= kMaxFree) return;
  reading->end();
  free_.push_back(std::move(reading));
}

void report_classification(const ResultReading& reading, audit::Event& event) {
  if (reading.scan().failed()) {
    core::log().warn("classification of a result failed; its event says nothing of it");
    return;
  }
  std::vector<pipeline::Finding> findings;
  reading.scan().report(findings);
  event.has_pii = std::ranges::any_of(
      findings, [](const pipeline::Finding& finding) { return pipeline::is_personal(finding.tag); });
  event.classifications.clear();
  for (pipeline::Finding& finding : findings) {
    event.classifications.push_back({std::move(finding.column), std::move(finding.tag), finding.confidence,
                                     std::string(to_string(finding.by)), finding.rows_sampled});
  }
}

}  // namespace sqlproxy::frontend
