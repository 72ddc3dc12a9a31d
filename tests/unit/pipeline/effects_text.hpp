#pragma once

#include <string>
#include <string_view>

#include "pipeline/session_effects.hpp"

// Effects as short texts, so that a table of statements reads like one: "settings opaque custom:a.b", "" for none.
namespace sqlproxy::pipeline::test {

[[nodiscard]] inline std::string effects_text(const EffectFlags& effects) {
  std::string out;
  const auto add = [&out](bool set, std::string_view name) {
    if (set) out += (out.empty() ? "" : " ") + std::string(name);
  };
  add(effects.settings, "settings");
  add(effects.temporary, "temporary");
  add(effects.held_cursor, "held_cursor");
  add(effects.advisory_lock, "advisory_lock");
  add(effects.sequence_written, "sequence_written");
  add(effects.sequence_read, "sequence_read");
  add(effects.seed, "seed");
  add(effects.library, "library");
  add(effects.listens, "listens");
  add(effects.names, "names");
  add(effects.ends_state, "ends_state");
  add(effects.lasting, "lasting");
  add(effects.opaque, "opaque");
  return out;
}

[[nodiscard]] inline std::string effects_text(const SessionEffects& effects) {
  std::string out = effects_text(static_cast<const EffectFlags&>(effects));
  for (const std::string& name : effects.custom_settings) out += (out.empty() ? "custom:" : " custom:") + name;
  return out;
}

}  // namespace sqlproxy::pipeline::test
