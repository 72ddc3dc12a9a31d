// Any bytes as a file of the trail: read, judged, never a crash; what is accepted twice in a row must have been sound.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "audit/chain_verifier.hpp"
#include "audit/line_record.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  sqlproxy::audit::ChainVerifier verifier;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size() - 1);
    const std::string_view line = text.substr(0, end);
    const bool sound = !verifier.check(line);
    const auto record = sqlproxy::audit::parse_line(line);
    if (sound && !record) std::abort();
    // The parts that the hash is taken over lie inside the line, in front of the hash itself.
    if (record && (record->open_line.data() != line.data() || record->open_line.size() >= line.size())) std::abort();
    text.remove_prefix(end + 1);
  }
  return 0;
}
