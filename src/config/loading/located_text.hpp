#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "config/loading/fault_list.hpp"
#include "config/loading/toml.hpp"
#include "core/secret.hpp"

namespace sqlproxy::config::loading {

// A string value and where the file gives it: itself, or { env = "NAME" } or { file = "PATH" } in its place.
class LocatedText {
 public:
  // What `node` gives. `what` is how a fault calls the value ("\"listen\""); a relative PATH starts at `directory`.
  [[nodiscard]] static std::optional<LocatedText> read(const toml::node& node, const std::string& what,
                                                       const std::filesystem::path& directory, FaultList& faults);

  [[nodiscard]] std::string_view text() const { return text_.reveal(); }
  [[nodiscard]] const core::Secret& secret() const { return text_; }
  [[nodiscard]] Place place() const { return place_; }

  // How a message may show it: quoted and escaped when it stands in the file itself, otherwise only where it is from,
  // for what the environment holds may be a secret by mistake.
  [[nodiscard]] std::string shown() const;

 private:
  LocatedText(core::Secret text, Place place, std::string origin)
      : text_(std::move(text)), place_(place), origin_(std::move(origin)) {}

  core::Secret text_;
  Place place_;
  // Empty for a value in the file itself.
  std::string origin_;
};

// `name` escaped and cut so that it cannot upset a terminal or a log, and the same in double quotes.
[[nodiscard]] std::string safe_name(std::string_view name);
[[nodiscard]] std::string in_quotes(std::string_view name);

}  // namespace sqlproxy::config::loading
