#pragma once

#include <optional>
#include <string>

#include "pipeline/analysis.hpp"

namespace sqlproxy::testing {

// Everything that an analysis says but for places, as text that can be compared. With an error, only that there is one:
// its message and position belong to the text.
std::string describe(const pipeline::Analysis& analysis);

// Changes the literals, comments and IN lists of `sql`, one at a time and all together. Whenever a changed text has the
// same cache key, its analysis and its normalised text must be the same: tells of a pair that breaks this.
std::optional<std::string> cache_key_fault(const std::string& sql);

// Puts marked data into every literal of `sql` and normalises it: tells when any of it is shown, when normalising again
// changes something, or when other data gives another fingerprint.
std::optional<std::string> normalizer_fault(const std::string& sql);

}  // namespace sqlproxy::testing
