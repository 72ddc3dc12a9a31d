// Whatever is in an event, its line is one JSON object in valid UTF-8 on one line, and its chain verifies.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "audit/batch.hpp"
#include "audit/chain_verifier.hpp"
#include "core/sqlstate.hpp"

namespace {

using namespace sqlproxy;

// Hands out the fuzzer's bytes; after their end, empty strings and zeros.
class Input {
 public:
  explicit Input(std::string_view bytes) : bytes_(bytes) {}

  unsigned byte() {
    if (bytes_.empty()) return 0;
    const auto value = static_cast<unsigned char>(bytes_.front());
    bytes_.remove_prefix(1);
    return value;
  }

  std::string text() {
    const std::size_t size = std::min<std::size_t>(byte(), bytes_.size());
    const std::string value(bytes_.substr(0, size));
    bytes_.remove_prefix(size);
    // Now and then long enough to be cut.
    return byte() == 255 ? value + std::string(5000, value.empty() ? '"' : value.back()) : value;
  }

  template <class Enum>
  Enum pick(unsigned count) {
    return static_cast<Enum>(byte() % count);
  }

 private:
  std::string_view bytes_;
};

std::shared_ptr<const audit::SessionFacts> make_session(Input& input) {
  auto facts = std::make_shared<audit::SessionFacts>();
  facts->session_id = input.text();
  facts->client_ip = input.text();
  facts->client_port = static_cast<std::uint16_t>(input.byte());
  facts->application_name = input.text();
  facts->user = input.text();
  facts->roles = {input.text(), input.text()};
  facts->database = input.text();
  return facts;
}

std::shared_ptr<const audit::StatementFacts> make_statement(Input& input) {
  auto facts = std::make_shared<audit::StatementFacts>();
  facts->statement_type = input.text();
  facts->sql = input.text();
  facts->tables = {{input.text(), input.text(), input.text(), input.pick<audit::TableUsage>(3)}};
  facts->columns = {input.text()};
  facts->functions = {input.text(), input.text()};
  return facts;
}

audit::Event make_event(Input& input) {
  audit::Event event;
  event.kind = input.pick<audit::EventKind>(6);  // the overflow event is the batch's own
  if (input.byte() % 2 == 0) event.session = make_session(input);
  if (input.byte() % 2 == 0) event.statement = make_statement(input);
  event.decision = input.pick<audit::Decision>(3);
  event.status = input.pick<audit::EventStatus>(5);
  event.protocol = input.pick<audit::Protocol>(5);
  event.matched_rule = input.text();
  event.reason = input.text();
  event.action = input.text();
  event.sqlstate = core::SqlState((input.text() + "00000").substr(0, 5));
  event.error = audit::redact_error(*event.sqlstate, input.text());
  event.classifications = {{input.text(), input.text(), 1.0 / input.byte(), input.text(), input.byte()}};
  return event;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input({reinterpret_cast<const char*>(data), size});
  audit::Batch batch(input.text(), input.byte() % 4 != 0, static_cast<audit::LineFormat>(input.byte() % 3), {});
  const unsigned events = 1 + input.byte() % 3;
  for (unsigned i = 0; i < events; ++i) {
    if (const unsigned dropped = input.byte() % 4; dropped != 0) batch.add_overflow(dropped, core::WallTime{});
    batch.add(make_event(input));
  }

  audit::ChainVerifier verifier;
  std::string_view lines = batch.lines();
  while (!lines.empty()) {
    const std::size_t end = lines.find('\n');
    if (end == std::string_view::npos || verifier.check(lines.substr(0, end))) std::abort();
    lines.remove_prefix(end + 1);
  }
  if (verifier.last_sequence() < batch.events()) std::abort();
  return 0;
}
