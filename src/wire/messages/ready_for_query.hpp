#pragma once

#include <string>
#include <string_view>

#include "core/result.hpp"

namespace sqlproxy::wire {

enum class TransactionStatus : char { idle = 'I', in_transaction = 'T', failed = 'E' };

// The server waits for the next query cycle; the only witness of the transaction's state (protocol.md 0.2).
struct ReadyForQuery {
  TransactionStatus status = TransactionStatus::idle;

  // 08P01 for any other status.
  [[nodiscard]] static core::Result<ReadyForQuery> decode(std::string_view body);
  void encode(std::string& out) const;
};

}  // namespace sqlproxy::wire
