#pragma once

#include <string>
#include <string_view>

#include "core/error.hpp"

namespace sqlproxy::wire {

// Severities that the proxy itself uses. Those up to `panic` go out as ErrorResponse, the others as NoticeResponse.
enum class Severity { error, fatal, panic, warning, notice, info, debug, log };

// "ERROR", "FATAL", ...
[[nodiscard]] std::string_view severity_text(Severity severity) noexcept;

// Appends an ErrorResponse or NoticeResponse with the fields S V C M and, where `error` has them, D H P. Zero bytes in
// its texts, which the protocol cannot carry, become '?'; a text is cut at 64 KiB.
void append_error(std::string& out, Severity severity, const core::Error& error);

}  // namespace sqlproxy::wire
