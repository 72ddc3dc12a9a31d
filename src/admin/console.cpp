#include "admin/console.hpp"

#include "admin/console_session.hpp"

namespace sqlproxy::admin {

Console::Console(AdminContext& context) : context_(context), server_version_("15.0 (" + context.version + ")") {}

net::Task<void> Console::serve(frontend::ConsoleClient& client) {
  ConsoleSession session(context_, client);
  co_await session.serve();
}

std::vector<std::pair<std::string_view, std::string_view>> Console::parameters() const {
  return {
      {"server_version", server_version_}, {"server_encoding", "UTF8"}, {"client_encoding", "UTF8"},
      {"DateStyle", "ISO, MDY"},           {"TimeZone", "GMT"},         {"IntervalStyle", "postgres"},
      {"integer_datetimes", "on"},         {"is_superuser", "off"},     {"standard_conforming_strings", "on"},
  };
}

}  // namespace sqlproxy::admin
