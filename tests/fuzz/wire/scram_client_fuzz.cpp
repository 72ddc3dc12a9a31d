// Input: two lines, server-first-message and server-final-message.
#include <array>
#include <string>

#include "tests/fuzz/wire/fuzz_check.hpp"
#include "wire/scram_client.hpp"
#include "wire/scram_mechanism.hpp"

using namespace sqlproxy::wire;
using sqlproxy::wire::fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view input = fuzz::view(data, size);
  const std::string_view server_first = fuzz::take_until(input, '\n');
  ScramClient::Config config;
  config.credentials = sqlproxy::core::Secret("pencil");
  config.max_iterations = 16;
  config.nonce = "rOprNGfwEbeRWgbNEkqO";
  ScramClient client(std::move(config));
  const std::array<std::string_view, 1> offered{kScramSha256};
  require(bool(client.start(offered)));
  const auto reply = client.handle_continue(server_first);
  if (reply) {
    require(server_first.starts_with("r=rOprNGfwEbeRWgbNEkqO"));
    require(reply->starts_with("c=biws,r=rOprNGfwEbeRWgbNEkqO"));
  }
  require(!client.finished());
  const auto status = client.handle_final(input);
  require(client.finished() == bool(status));
  require(!status || reply);
  return 0;
}
