#include "frontend/result_reading.hpp"

#include <utility>

namespace sqlproxy::frontend {

void ResultReading::begin(const pipeline::ClassifierPtr& classifier, pipeline::ResultShapePtr shape) {
  scan_.begin(classifier, std::move(shape));
}

void ResultReading::begin_copy(const pipeline::ClassifierPtr& classifier, std::vector<pipeline::ResultColumn> columns,
                               const pipeline::CopyFormat& format) {
  scan_.begin(classifier, classifier->shape_of(columns));
  copy_ = std::make_unique<Copy>(format);
  copy_->in_header = format.header;
  if (!format.header) return;
  copy_->classifier = classifier;
  copy_->columns = std::move(columns);
}

void ResultReading::end() {
  scan_.end();
  copy_.reset();
}

void ResultReading::row_bytes(std::string_view bytes) {
  row_.feed(bytes, [this](std::size_t column, std::string_view value) { scan_.value(column, value); });
}

void ResultReading::end_row() {
  scan_.end_row();
}

void ResultReading::copy_bytes(std::string_view bytes) {
  copy_->rows.take(bytes, *this);
}

void ResultReading::single_value(std::string_view bytes) {
  scan_.value(0, bytes);
  scan_.end_row();
}

void ResultReading::on_copy_value(std::size_t column, std::string_view value) {
  if (copy_->in_header) {
    if (column < copy_->columns.size()) copy_->columns[column].name = value;
  } else if (scan_.wants_row()) {
    scan_.value(column, value);
  }
}

void ResultReading::on_copy_row() {
  if (std::exchange(copy_->in_header, false)) {
    scan_.begin(copy_->classifier, copy_->classifier->shape_of(copy_->columns));
  } else if (scan_.wants_row()) {
    scan_.end_row();
  }
}

}  // namespace sqlproxy::frontend
