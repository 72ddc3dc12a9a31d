#include "audit/event_words.hpp"

namespace sqlproxy::audit {

std::string_view to_word(EventKind kind) {
  switch (kind) {
    case EventKind::statement: return "statement";
    case EventKind::connect: return "connect";
    case EventKind::auth_failure: return "auth_failure";
    case EventKind::disconnect: return "disconnect";
    case EventKind::reload: return "reload";
    case EventKind::admin: return "admin";
    case EventKind::overflow: return "overflow";
  }
  return "statement";
}

std::string_view to_word(Protocol protocol) {
  switch (protocol) {
    case Protocol::simple: return "simple";
    case Protocol::extended: return "extended";
    case Protocol::copy: return "copy";
    case Protocol::function: return "function";
    case Protocol::http: return "http";
  }
  return "simple";
}

std::string_view to_word(Decision decision) {
  switch (decision) {
    case Decision::allow: return "allow";
    case Decision::deny: return "deny";
    case Decision::observe: return "observe";
  }
  return "deny";
}

std::string_view to_word(EventStatus status) {
  switch (status) {
    case EventStatus::ok: return "ok";
    case EventStatus::error: return "error";
    case EventStatus::denied: return "denied";
    case EventStatus::canceled: return "canceled";
    case EventStatus::disconnected: return "disconnected";
  }
  return "error";
}

std::string_view to_word(TableUsage usage) {
  switch (usage) {
    case TableUsage::read: return "read";
    case TableUsage::write: return "write";
    case TableUsage::both: return "both";
  }
  return "both";
}

}  // namespace sqlproxy::audit
