#include "config/loading/pattern_syntax.hpp"

#include <re2/re2.h>

#include "config/loading/located_text.hpp"

namespace sqlproxy::config::loading {

std::optional<std::string> pattern_fault(const std::string& pattern) {
  RE2::Options options;
  options.set_log_errors(false);
  const RE2 compiled(pattern, options);
  if (compiled.ok()) return std::nullopt;
  return safe_name(compiled.error());
}

}  // namespace sqlproxy::config::loading
