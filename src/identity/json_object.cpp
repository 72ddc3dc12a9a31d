#include "identity/json_object.hpp"

#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

namespace sqlproxy::identity {
namespace {

using nlohmann::json;

// What the parser has seen so far is such that readers agree on it.
class Strictness {
 public:
  [[nodiscard]] bool holds() const { return holds_; }

  void see(json::parse_event_t event, const json& parsed) {
    using Event = json::parse_event_t;
    if (!holds_) return;
    switch (event) {
      case Event::object_start:
      case Event::array_start:
        if (names_.size() >= kMaxJsonDepth) holds_ = false;
        names_.emplace_back();
        break;
      case Event::object_end:
      case Event::array_end:
        if (!names_.empty()) names_.pop_back();
        break;
      case Event::key:
        if (!names_.back().insert(parsed.get<std::string>()).second) holds_ = false;
        break;
      case Event::value: break;
    }
  }

 private:
  bool holds_ = true;
  // Of the objects that are open, the outermost first; empty ones for arrays.
  std::vector<std::set<std::string>> names_;
};

}  // namespace

std::optional<json> parse_json_object(std::string_view text) {
  // The parser takes a byte order mark for nothing, and a zero byte for the end.
  if (!text.starts_with('{') || text.find('\0') != std::string_view::npos) return std::nullopt;
  Strictness strictness;
  // A value that is told to be left out is not built: once something is wrong, nothing more takes memory.
  const auto watch = [&](int, json::parse_event_t event, json& parsed) {
    strictness.see(event, parsed);
    return strictness.holds();
  };
  json value = json::parse(text, watch, /*allow_exceptions=*/false);
  if (!strictness.holds() || !value.is_object()) return std::nullopt;
  return value;
}

}  // namespace sqlproxy::identity
