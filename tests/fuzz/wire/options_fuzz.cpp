// Input: the `options` startup parameter.
#include <string>

#include "tests/fuzz/wire/fuzz_check.hpp"
#include "wire/command_line_options.hpp"

using namespace sqlproxy::wire;
using sqlproxy::wire::fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input = fuzz::view(data, size);
  const auto options = split_options(input);
  if (!options) return 0;
  std::string again;
  for (const CommandLineOption& option : *options) {
    require(!option.name.empty());
    require(option.name.find_first_of("-=") == std::string::npos);
    again += " -c ";
    for (const char c : option.name + "=" + option.value) {
      again += '\\';
      again += c;
    }
  }
  const auto same = split_options(again);
  require(same && *same == *options);
  return 0;
}
