// Any bytes of a client, in any pieces, before a server that answers now and then: with a policy that allows nothing,
// nothing that touches an object may get through, and the pieces must not matter.
#include <cstdint>
#include <cstdlib>
#include <set>
#include <string>

#include "core/identifier.hpp"
#include "pipeline/analyzer.hpp"
#include "tests/support/frontend/messages.hpp"
#include "tests/support/frontend/offline_session.hpp"
#include "wire/messages/bind.hpp"
#include "wire/messages/function_call.hpp"

namespace {

using sqlproxy::frontend::testing::OfflineSession;
namespace frontend = sqlproxy::frontend::testing;
namespace pipeline = sqlproxy::pipeline;
namespace wire = sqlproxy::wire;
using Request = wire::ReplyTracker::Request;
using Treatment = wire::ReplyTracker::Treatment;

void require(bool holds) {
  if (!holds) std::abort();
}

OfflineSession::Options no_rules() {
  OfflineSession::Options options;
  options.rules.clear();
  return options;
}

// Reads what goes to the server as the server would, and ends the run when it is not harmless.
class Witness {
 public:
  explicit Witness(const OfflineSession& session) : missing_(session.core.server->missing_name()) {}

  void watch(std::string_view bytes) {
    stream_ += bytes;
    std::string_view rest = stream_;
    while (rest.size() >= wire::FrameHeader::kSize) {
      const auto header = wire::decode_frame_header(rest);
      require(header.has_value());
      if (rest.size() < header->frame_size()) break;
      watch_message(static_cast<wire::FrontendType>(header->type),
                    rest.substr(wire::FrameHeader::kSize, header->body_size));
      rest.remove_prefix(static_cast<std::size_t>(header->frame_size()));
    }
    stream_.erase(0, stream_.size() - rest.size());
  }

 private:
  void watch_message(wire::FrontendType type, std::string_view body) {
    switch (type) {
      case wire::FrontendType::Query: {
        const auto query = wire::Query::decode(body);
        require(query.has_value());
        watch_text(query->text);
        return;
      }
      case wire::FrontendType::Parse: {
        const auto parse = wire::Parse::decode(body);
        require(parse.has_value());
        watch_text(parse->text);
        names_.emplace(sqlproxy::core::truncate_hash_key(parse->statement));
        return;
      }
      case wire::FrontendType::Bind: {
        const auto names = wire::Bind::decode_prefix(body, body.size());
        require(names.has_value() && names->has_value());
        const std::string_view statement = (*names)->statement;
        require(statement == missing_ || names_.contains(std::string(sqlproxy::core::truncate_hash_key(statement))));
        return;
      }
      case wire::FrontendType::FunctionCall: {
        const auto oid = wire::FunctionCall::decode_prefix(body, body.size());
        require(oid.has_value() && *oid == 0U);
        return;
      }
      case wire::FrontendType::Describe:
      case wire::FrontendType::Execute:
      case wire::FrontendType::Close:
      case wire::FrontendType::Sync:
      case wire::FrontendType::Flush:
      case wire::FrontendType::CopyData:
      case wire::FrontendType::CopyDone:
      case wire::FrontendType::CopyFail: return;
      default: std::abort();
    }
  }

  // Not even a table that does not exist.
  void watch_text(std::string_view text) {
    // In the place of a denied text: no grammar accepts it.
    if (text == missing_) return;
    const pipeline::Analysis analysis = pipeline::analyze(text);
    require(!analysis.error);
    for (const pipeline::Statement& statement : analysis.statements) {
      for (const pipeline::ObjectRef& object : statement.objects) require(is_of_catalog(object.name));
      for (const pipeline::FunctionRef& call : statement.functions) {
        require(call.name.schema.empty() ? call.name.name != "f" : is_of_catalog(call.name));
      }
      if (statement.prepared.kind == pipeline::PreparedAction::Kind::prepare) names_.insert(statement.prepared.name);
    }
  }
  static bool is_of_catalog(const pipeline::QualifiedName& name) {
    if (name.schema.empty()) return name.name.starts_with("pg_");
    return name.schema == pipeline::kCatalogSchema || name.schema == pipeline::kInformationSchema;
  }

  std::string missing_;
  std::string stream_;
  std::set<std::string> names_;
};

// What a server may say to the message that it works on.
std::string answer(const wire::ReplyTracker& tracker, bool well) {
  const auto& head = tracker.head();
  if (head.request == Request::local) return {};
  const bool poisoned = head.treatment == Treatment::replace_error;
  const bool group_end =
      head.request == Request::query || head.request == Request::function_call || head.request == Request::sync;
  if (!head.failed && (poisoned || !well))
    return frontend::error("22000", "x") + (group_end ? frontend::ready('E') : "");
  switch (head.request) {
    case Request::parse: return frontend::parsed();
    case Request::bind: return frontend::bound();
    case Request::describe: return frontend::message(wire::BackendType::NoData);
    case Request::execute: return frontend::complete("DONE");
    case Request::close: return frontend::closed();
    case Request::query: return frontend::complete("DONE") + frontend::ready('T');
    default: return frontend::ready('I');
  }
}

void play(std::string_view input) {
  OfflineSession session(no_rules());
  Witness witness(session);
  while (!input.empty()) {
    const auto control = static_cast<std::uint8_t>(input.front());
    input.remove_prefix(1);
    if (control >= 0xF0) {
      if (!session.core.tracker.empty()) (void)session.server(answer(session.core.tracker, (control & 1) != 0));
      require(!session.violated());
      witness.watch(session.client({}));
    } else {
      const std::string_view piece = input.substr(0, control);
      input.remove_prefix(piece.size());
      witness.watch(session.client(piece));
    }
    using Outcome = sqlproxy::frontend::RequestHandler::Outcome;
    if (session.outcome() == Outcome::terminate || session.outcome() == Outcome::violation) return;
  }
}

// Without a server, all at once and byte by byte.
void compare(std::string_view input) {
  OfflineSession whole(no_rules());
  OfflineSession pieces(no_rules());
  const std::string at_once = whole.anonymous(whole.client(input));
  std::string one_by_one;
  using Outcome = sqlproxy::frontend::RequestHandler::Outcome;
  for (const char& byte : input) {
    one_by_one += pieces.client({&byte, 1});
    if (pieces.outcome() == Outcome::terminate || pieces.outcome() == Outcome::violation) break;
  }
  require(whole.outcome() == pieces.outcome());
  require(at_once == pieces.anonymous(one_by_one));
  require(frontend::outline(whole.local()) == frontend::outline(pieces.local()));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t kMaxBytes = 8192;
  if (size > kMaxBytes) return 0;
  const std::string_view input =
      size == 0 ? std::string_view() : std::string_view(reinterpret_cast<const char*>(data), size);
  play(input);
  compare(input);
  return 0;
}
