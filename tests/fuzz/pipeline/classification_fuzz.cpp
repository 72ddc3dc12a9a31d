// Any bytes as the values of a result: nothing crashes, whatever the type; what is found is one of the tags, as certain
// as it can be; and the same bytes say the same twice.
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "pipeline/classification/result_scan.hpp"

namespace {

using namespace sqlproxy::pipeline;

constexpr Oid kTypes[] = {25, 20, 1700, 1082, 114, 3802, 1009, 1016, 2249, 869, 0, 20000};

std::vector<Finding> found(const ClassifierPtr& classifier, ResultScan& scan, Oid type, std::string_view bytes) {
  const ResultColumn column{"c", type, {}, {}};
  scan.begin(classifier, classifier->shape_of({&column, 1}));
  // All of it as one value, and its parts between two marks as others.
  scan.value(0, bytes);
  scan.end_row();
  while (!bytes.empty()) {
    const std::size_t end = bytes.find("\xFE\xFE");
    scan.value(0, bytes.substr(0, end));
    scan.end_row();
    bytes.remove_prefix(end == std::string_view::npos ? bytes.size() : end + 2);
  }
  if (scan.failed()) std::abort();
  std::vector<Finding> findings;
  scan.report(findings);
  scan.end();
  return findings;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const ClassifierPtr kClassifier =
      Classifier::compile({.sample_rows = -1, .rules = {{"Own", {"own"}, "[0-9]+x", {}}}, .current_year = 2026});
  static ResultScan scan;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  for (const Oid type : kTypes) {
    const std::vector<Finding> first = found(kClassifier, scan, type, bytes);
    const std::vector<Finding> again = found(kClassifier, scan, type, bytes);
    if (first.size() != again.size()) std::abort();
    for (std::size_t i = 0; i < first.size(); ++i) {
      if (first[i].tag != again[i].tag || first[i].tag.empty()) std::abort();
      if (first[i].confidence <= 0 || first[i].confidence > 1) std::abort();
    }
  }
  (void)kClassifier->names().find(bytes, bytes.substr(0, size / 2));
  return 0;
}
