#include "audit/chain_verifier.hpp"

#include "audit/line_record.hpp"

namespace sqlproxy::audit {
namespace {

std::string events(std::uint64_t count) {
  return std::to_string(count) + (count == 1 ? " event" : " events");
}

// `after`: the sequence number of the line before; 0 for the first line of a trail.
std::optional<std::string> check_sequence(const LineRecord& line, std::uint64_t after) {
  const std::string where = "sequence_num " + std::to_string(line.sequence) + " follows " + std::to_string(after);
  if (line.sequence <= after) return where + ": lines are out of order or repeated";
  const std::uint64_t missing = line.sequence - after - 1;
  if (missing == line.dropped) return std::nullopt;
  if (line.kind == "overflow") {
    return where + ": " + events(missing) + " missing, but the overflow event accounts for " +
           std::to_string(line.dropped);
  }
  return where + ": " + events(missing) + " missing, and no overflow event accounts for that";
}

std::optional<std::string> check_link(const LineRecord& line, std::string_view last_hash) {
  if (!line.chained()) {
    if (last_hash.empty()) return std::nullopt;
    return "the line is not chained, but the line before it is";
  }
  if (last_hash.empty()) {
    if (line.prev_hash == kChainStart) return std::nullopt;
    return "prev_hash is not that of the first line of a chain";
  }
  if (line.prev_hash == last_hash) return std::nullopt;
  return "prev_hash is not the hash of the line before";
}

}  // namespace

std::optional<std::string> ChainVerifier::check(std::string_view text) {
  const std::optional<LineRecord> line = parse_line(text);
  if (!line) {
    ends_with_stop_ = false;
    return "not a line of an audit trail";
  }
  std::optional<std::string> fault;
  if (line->chained() && hasher_.hash(line->prev_hash, line->open_line, line->end) != line->hash) {
    fault = "the line was changed: its hash is not that of its content";
  }
  const bool first = !any_;
  if (first) {
    any_ = true;
    first_sequence_ = line->sequence;
    begins_at_start_ = line->sequence == line->dropped + 1;
    // Before a line in the middle of a trail there is nothing to compare it with.
    if (!fault && begins_at_start_) fault = check_link(*line, "");
  } else if (!fault) {
    fault = check_sequence(*line, last_sequence_);
    if (!fault) fault = check_link(*line, last_hash_);
  }
  if (line->dropped != 0) {
    ++overflow_gaps_;
    events_dropped_ += line->dropped;
  }
  last_sequence_ = line->sequence;
  last_hash_ = line->hash;
  ends_with_stop_ = line->is_stop();
  return fault;
}

}  // namespace sqlproxy::audit
