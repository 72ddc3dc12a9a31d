#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "backend/server_connection.hpp"
#include "core/shared_values.hpp"
#include "frontend/setting_replay.hpp"

namespace sqlproxy::frontend {

// ParameterStatus as a client has been told: some fifteen names and values, which clients of a kind have in common and
// share. Owned by the session; worker's thread only.
class ReportedSettings {
 public:
  using Known = core::SharedValues<backend::Settings>;

  // Where other sessions keep theirs; outlives the session. Without it nothing is shared.
  void share_with(Known& known) { known_ = &known; }

  [[nodiscard]] bool empty() const { return values_ == nullptr; }
  // Valid until the next change.
  [[nodiscard]] const backend::Settings& values() const { return values_ ? *values_ : none(); }
  [[nodiscard]] const std::string* find(std::string_view name) const { return find_setting(values(), name); }

  // Takes over what has changed. Copies the set, so changes are made together.
  void replace(backend::Settings values) {
    values_ = known_ != nullptr ? known_->share(std::move(values))
                                : std::make_shared<const backend::Settings>(std::move(values));
  }
  void set(std::string_view name, std::string_view value) {
    const std::string* told = find(name);
    if (told != nullptr && *told == value) return;
    backend::Settings changed = values();
    backend::update_setting(changed, name, value);
    replace(std::move(changed));
  }

 private:
  [[nodiscard]] static const backend::Settings& none() {
    static const backend::Settings empty;
    return empty;
  }

  Known* known_ = nullptr;
  std::shared_ptr<const backend::Settings> values_;
};

}  // namespace sqlproxy::frontend
