// Input: a password.
#include <string>

#include "tests/fuzz/wire/fuzz_check.hpp"
#include "wire/saslprep.hpp"
#include "wire/unicode_nfkc.hpp"
#include "wire/utf8.hpp"

using namespace sqlproxy::wire;
using sqlproxy::wire::fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input = fuzz::view(data, size);
  const auto prepared = saslprep(input);
  require(prepare_password(input).reveal() == (prepared ? std::string_view(*prepared) : input));
  const auto code_points = decode_utf8(input);
  if (!code_points) {
    require(!prepared);
    return 0;
  }
  require(encode_utf8(*code_points) == input);
  const std::u32string normal = normalize_nfkc(*code_points);
  require(normalize_nfkc(normal) == normal);
  return 0;
}
