#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace sqlproxy::audit {

// The prev_hash of the first line of a chain.
inline constexpr std::string_view kChainStart = "0000000000000000000000000000000000000000000000000000000000000000";

// SHA-256 of `prev_hash` and a line without its hash member, as 64 lower-case hexadecimal digits (docs/audit.md, "The
// chain"). The line is given up to and without the comma before its hash member, and apart from that what closes it.
// One object serves one thread.
class LineHasher {
 public:
  LineHasher();
  ~LineHasher();
  LineHasher(const LineHasher&) = delete;
  LineHasher& operator=(const LineHasher&) = delete;

  [[nodiscard]] std::string hash(std::string_view prev_hash, std::string_view open_line, std::string_view end);

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

// Closes lines with prev_hash and hash, each line's hash being the next one's prev_hash.
class HashChain {
 public:
  // `head`: the hash of the last stored line; empty: there is none to go on from.
  explicit HashChain(std::string_view head) : head_(head.empty() ? kChainStart : head) {}

  // `out` holds an open line from `start` to its end; completes it, newline included.
  // `end`: see line_end().
  void close_line(std::string& out, std::size_t start, std::string_view end);

 private:
  LineHasher hasher_;
  std::string head_;
};

// The same for trails without a chain: both members are null.
void close_line_unchained(std::string& out, std::string_view end);

}  // namespace sqlproxy::audit
