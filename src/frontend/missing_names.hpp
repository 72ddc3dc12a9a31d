#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "wire/messages/error_response.hpp"

namespace sqlproxy::frontend {

// Why names of a client's prepared statements could not be put on the server for the Query under way. When the Query
// comes to such a name the server says that there is none; the reason is what the client gets to see instead, as it
// would from a server that had the statement. Part of SessionJournal.
class MissingNames {
 public:
  // `error` is the body of the server's ErrorResponse.
  void note(std::string_view name, std::string_view error) { reasons_[std::string(name)] = error; }
  // The Query has ended.
  void clear() { reasons_.clear(); }

  // Why the name that a Query's `error` misses is not there, as the body of an ErrorResponse; null: that is not what
  // the error says. Valid until the next call of a non-const member.
  [[nodiscard]] const std::string* reason_of(const wire::ErrorResponse& error) const;

 private:
  std::map<std::string, std::string, std::less<>> reasons_;
};

}  // namespace sqlproxy::frontend
