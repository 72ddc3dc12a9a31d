// Input: lines. The first is a set-up of letters ('d' doomed, 'p' PLUS advertised) and the mechanism after a blank, the
// others are what the client sends.
#include <string>

#include "tests/fuzz/wire/fuzz_check.hpp"
#include "wire/scram_server.hpp"

using namespace sqlproxy::wire;
using sqlproxy::wire::fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view input = fuzz::view(data, size);
  std::string_view first_line = fuzz::take_until(input, '\n');
  const std::string_view setup = fuzz::take_until(first_line, ' ');
  const bool doomed = setup.find('d') != std::string_view::npos;

  ScramServer::Config config;
  config.user = "user";
  config.mock_secret = sqlproxy::core::Secret("mock");
  config.nonce = "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
  if (setup.find('p') != std::string_view::npos) config.channel_binding = {true, "hash"};
  if (!doomed) {
    // RFC 7677, section 3.
    config.verifier = ScramVerifier::parse(
        "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:"
        "wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=");
    require(config.verifier.has_value());
  }
  ScramServer server(std::move(config));
  auto reply = server.handle_initial({first_line, fuzz::take_until(input, '\n')});
  while (reply && !reply->done && !input.empty()) reply = server.handle_response(fuzz::take_until(input, '\n'));
  if (reply && reply->done) {
    require(!doomed);
    require(server.client_key().reveal().size() == kScramKeySize);
    require(!server.handle_response("c=biws"));
  } else {
    require(server.client_key().empty());
  }
  return 0;
}
