#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "backend/server_target.hpp"

namespace sqlproxy::frontend {

// The texts of the queries, each a message of its own, that turn a connection on which `applied` is set into one on
// which `wanted` is; none when they are the same. Both hold each name once, in any order. A setting that only `applied`
// has goes back to its default.
//
// The queries return rows. They name everything with its schema, so what a client has made cannot stand in the way.
[[nodiscard]] std::vector<std::string> replay_queries(const backend::Settings& applied,
                                                      const backend::Settings& wanted);

// True when no setting that replay_queries() would change decides who the session is or how its statements are
// resolved: should the server refuse one against all expectation, the statement behind it does no harm.
[[nodiscard]] bool replay_is_harmless(const backend::Settings& applied, const backend::Settings& wanted);

// Equal for equal settings, whatever their order.
[[nodiscard]] std::uint64_t settings_fingerprint(const backend::Settings& settings);

// The value of `name`, or null.
[[nodiscard]] const std::string* find_setting(const backend::Settings& settings, std::string_view name);

}  // namespace sqlproxy::frontend
