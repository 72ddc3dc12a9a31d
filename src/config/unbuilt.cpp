#include "config/unbuilt.hpp"

#include <string>
#include <string_view>
#include <vector>

#include "config/loading/located_text.hpp"
#include "config/loading/toml_document.hpp"

namespace sqlproxy::config {

namespace {

using loading::Place;
using loading::place_of;

// What of the configuration is refused.
struct Unbuilt {
  // The way to the key from the top of the file; "*" is any table of a table or of an array.
  std::string_view key;
  // "": the key as such. kAbsent: its absence, for keys whose default is what is not supported. Otherwise the one value
  // that is refused.
  std::string_view value;
  // What to write instead; may be empty.
  std::string_view instead = {};
};

constexpr std::string_view kAbsent = "(absent)";

// The whole list: a feature that gets built loses its lines here, and nothing else has to change.
constexpr Unbuilt kUnbuilt[] = {
    {"auth.method", "ldap"},
    {"auth.rules.*.method", "ldap"},
};

// One row of the list at work on one file.
class Search {
 public:
  Search(const Unbuilt& row, loading::FaultList& faults) : row_(row), faults_(faults) {}

  // `node` is what the first part of the row's key, up to `rest`, has led to; `path` is how a message calls it.
  void visit(const toml::node& node, std::string_view rest, const std::string& path) {
    const std::size_t dot = rest.find('.');
    const std::string_view part = rest.substr(0, dot);
    const std::string_view next = dot == std::string_view::npos ? std::string_view{} : rest.substr(dot + 1);
    if (part == "*") {
      visit_each(node, next, path);
      return;
    }
    const toml::table* const table = node.as_table();
    if (table == nullptr) return;  // of the wrong type: reported by the section's reader
    const auto found = table->find(part);
    if (found == table->end()) {
      if (next.empty() && row_.value == kAbsent) refuse_absence(place_of(*table), part, path);
      return;
    }
    const std::string name = path.empty() ? std::string(part) : path + '.' + std::string(part);
    if (!next.empty()) {
      visit(found->second, next, name);
    } else {
      refuse_if_matching(found->second, name);
    }
  }

 private:
  void visit_each(const toml::node& node, std::string_view next, const std::string& path) {
    if (const toml::table* const table = node.as_table()) {
      for (const auto& [key, child] : *table) {
        if (child.is_table()) visit(child, next, path + '.' + loading::safe_name(key.str()));
      }
    } else if (const toml::array* const array = node.as_array()) {
      for (const toml::node& child : *array) {
        if (child.is_table()) visit(child, next, path);
      }
    }
  }

  void refuse_if_matching(const toml::node& node, const std::string& name) {
    if (row_.value.empty()) {
      refuse(place_of(node), loading::in_quotes(name));
    } else if (const auto text = node.value<std::string_view>(); text && *text == row_.value) {
      refuse(place_of(node), name + " = " + loading::in_quotes(row_.value));
    } else if (const auto flag = node.value<bool>();
               node.is_boolean() && flag && (*flag ? "true" : "false") == row_.value) {
      refuse(place_of(node), name + " = " + std::string(row_.value));
    }
  }

  void refuse_absence(Place place, std::string_view key, const std::string& path) {
    refuse(place, "the default of " + loading::in_quotes(path + '.' + std::string(key)));
  }

  void refuse(Place place, std::string what) {
    std::string message = std::move(what) + " is not supported by this release yet";
    if (!row_.instead.empty()) message += "; " + std::string(row_.instead);
    faults_.fault(place, std::move(message));
  }

  const Unbuilt& row_;
  loading::FaultList& faults_;
};

}  // namespace

void refuse_unbuilt(const toml::table& root, loading::FaultList& faults) {
  for (const Unbuilt& row : kUnbuilt) Search(row, faults).visit(root, row.key, {});
}

}  // namespace sqlproxy::config
