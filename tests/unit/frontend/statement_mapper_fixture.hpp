#pragma once

#include <gtest/gtest.h>

#include "frontend/statement_mapper.hpp"
#include "tests/support/frontend/messages.hpp"
#include "tests/support/frontend/offline_session.hpp"
#include "wire/messages/ready_for_query.hpp"

namespace sqlproxy::frontend::testing {

using wire::DescribeTarget;
using Outcome = RequestHandler::Outcome;

inline constexpr auto kStatement = DescribeTarget::statement;
inline constexpr auto kPortal = DescribeTarget::portal;

// What messages of a client say: "P s=SELECT 1", "B p<-s", "D s", "E p", "C s", "C portal p", "S", "Q text".
inline std::string script(std::string_view bytes) {
  std::string out;
  while (bytes.size() >= wire::FrameHeader::kSize) {
    const auto header = wire::decode_frame_header(bytes);
    const std::string_view body = bytes.substr(wire::FrameHeader::kSize, header->body_size);
    bytes.remove_prefix(static_cast<std::size_t>(header->frame_size()));
    if (!out.empty()) out += " | ";
    out += header->type;
    const auto target = [](DescribeTarget of, std::string_view name) {
      return (of == kPortal ? " portal " : " ") + std::string(name);
    };
    if (header->type == 'P') {
      const auto parse = wire::Parse::decode(body);
      out += ' ' + std::string(parse->statement) + '=' + std::string(parse->text);
      if (!parse->parameter_types.empty()) out += "/" + std::to_string(parse->parameter_types[0]);
    }
    if (header->type == 'B') {
      const auto bind = wire::Bind::decode(body);
      out += bind ? ' ' + std::string(bind->portal) + "<-" + std::string(bind->statement) : " malformed";
    }
    if (header->type == 'D') out += target(wire::Describe::decode(body)->target, wire::Describe::decode(body)->name);
    if (header->type == 'C') out += target(wire::Close::decode(body)->target, wire::Close::decode(body)->name);
    if (header->type == 'E') out += ' ' + std::string(wire::Execute::decode(body)->portal);
    if (header->type == 'Q') out += ' ' + std::string(wire::Query::decode(body)->text);
  }
  return bytes.empty() ? out : out + " and a part";
}

// A client in transaction pooling. Its server connections get their answers from play(), which knows nothing but the
// order of messages.
class Client {
 public:
  explicit Client(backend::StatementStore& store, std::shared_ptr<const DatabaseRoute> route = nullptr)
      : session([&] {
          OfflineSession::Options options;
          options.transaction_pooling = true;
          options.store = &store;
          options.route = std::move(route);
          return options;
        }()) {}

  // What the server gets.
  std::string sends(const std::string& messages) { return script(session.client(messages)); }
  // What the client gets when the server answers.
  std::string gets(const std::string& answers) {
    std::string got = outline(session.server(answers));
    // As the lease does when it ends.
    if (session.core.tracker.idle()) session.core.settings_unsettled = false;
    return got;
  }

  // Prepares by Parse in a transaction of its own; returns what the server got.
  std::string prepare(std::string_view name, std::string_view text) {
    std::string sent = sends(parse(name, text) + sync());
    EXPECT_EQ(gets((sent.starts_with("P") ? parsed() : "") + ready('I')), "1 Z:I");
    return sent;
  }
  std::string run(std::string_view text, std::string_view tag) {
    std::string sent = sends(query(text));
    EXPECT_EQ(gets(complete(tag) + ready('I')), "C Z:I");
    return sent;
  }

  OfflineSession session;
};

class StatementMapperTest : public ::testing::Test {
 protected:
  void TearDown() override {
    EXPECT_FALSE(client.session.violated());
    EXPECT_EQ(client.session.outcome(), Outcome::more_input);
  }
  // The two use one server connection in turn.
  void hand_over(Client& from, Client& to) {
    ASSERT_TRUE(from.session.core.tracker.empty());
    (void)to.session.switch_server(from.session.core.server);
  }

  backend::StatementStore store;
  Client client{store};
  Client other{store};
  std::string bind_s = bind_portal("", "s") + execute("") + sync();
  std::string used = bound() + complete("SELECT 0") + ready('I');
};

}  // namespace sqlproxy::frontend::testing
