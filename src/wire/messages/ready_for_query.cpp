#include "wire/messages/ready_for_query.hpp"

#include <utility>

#include "wire/byte_reader.hpp"
#include "wire/message_writer.hpp"
#include "wire/protocol_error.hpp"

namespace sqlproxy::wire {

core::Result<ReadyForQuery> ReadyForQuery::decode(std::string_view body) {
  ByteReader reader(body);
  const auto status_byte = static_cast<TransactionStatus>(reader.u8());
  if (auto status = reader.finish(); !status) return std::move(status).error();
  switch (status_byte) {
    case TransactionStatus::idle:
    case TransactionStatus::in_transaction:
    case TransactionStatus::failed: return ReadyForQuery{status_byte};
  }
  return protocol_violation("invalid transaction status in message");
}

void ReadyForQuery::encode(std::string& out) const {
  MessageWriter writer(out);
  writer.begin(BackendType::ReadyForQuery);
  writer.u8(static_cast<std::uint8_t>(status));
  writer.end_bounded();
}

}  // namespace sqlproxy::wire
