#include "audit/verify.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <system_error>
#include <tuple>
#include <utility>
#include <vector>

#include "audit/chain_verifier.hpp"
#include "audit/file_tail.hpp"
#include "audit/line_source.hpp"

namespace sqlproxy::audit {
namespace {

constexpr std::uint64_t kMaxFaultsShown = 20;

// A shell pattern such as audit.jsonl* also finds what is not part of the trail.
bool is_side_file(const std::filesystem::path& path) {
  const std::string name = path.filename().string();
  return name.find(".torn.") != std::string::npos || path.extension() == ".tmp";
}

class Verification {
 public:
  explicit Verification(std::ostream& out) : out_(out) {}

  VerifyReport run(std::span<const std::filesystem::path> paths) {
    for (const Part& part : in_order(paths)) check_file(part.path);
    report_.first_sequence = chain_.first_sequence();
    report_.last_sequence = chain_.last_sequence();
    report_.last_hash = chain_.last_hash();
    report_.overflow_gaps = chain_.overflow_gaps();
    report_.events_dropped = chain_.events_dropped();
    summarise();
    return std::move(report_);
  }

 private:
  struct Part {
    std::filesystem::path path;
    std::uint64_t first_sequence;
  };

  // The files by their first sequence number; one that does not begin with a sound line is looked at last, to be
  // reported.
  std::vector<Part> in_order(std::span<const std::filesystem::path> paths) {
    std::set<std::filesystem::path> chosen;
    for (const std::filesystem::path& path : paths) {
      if (is_side_file(path)) {
        out_ << path.string() << ": not part of the trail, skipped\n";
      } else {
        chosen.insert(prefer_compressed(path));
      }
    }
    std::vector<Part> parts;
    for (const std::filesystem::path& path : chosen) {
      const std::uint64_t first = read_first_sequence(path);
      parts.push_back({path, first == 0 ? UINT64_MAX : first});
    }
    std::ranges::sort(parts, {}, [](const Part& part) { return std::tie(part.first_sequence, part.path); });
    return parts;
  }

  // A running proxy may just be compressing a closed file: for an instant both forms are there, and then the plain one
  // is gone. The compressed one is whole from the moment that it has its name.
  static std::filesystem::path prefer_compressed(const std::filesystem::path& path) {
    std::filesystem::path compressed = path;
    compressed += ".zst";
    std::error_code error;
    return std::filesystem::exists(compressed, error) ? compressed : path;
  }

  void check_file(const std::filesystem::path& path) {
    ++report_.files;
    core::Result<LineSource> source = LineSource::open(path);
    if (!source) return fault(path, 1, source.error().message);
    std::string line;
    for (std::uint64_t number = 1;; ++number) {
      const core::Result<LineSource::Read> read = source->next(line);
      if (!read) return fault(path, number, read.error().message);
      if (*read == LineSource::Read::end) return;
      if (*read == LineSource::Read::torn) return fault(path, number, "the line has no end");
      ++report_.lines;
      if (const auto reason = chain_.check(line)) fault(path, number, *reason);
    }
  }

  void fault(const std::filesystem::path& path, std::uint64_t line, const std::string& reason) {
    const std::string text = path.string() + ":" + std::to_string(line) + ": " + reason;
    if (++report_.faults == 1) report_.first_fault = text;
    if (report_.faults <= kMaxFaultsShown) out_ << text << '\n';
    if (report_.faults == kMaxFaultsShown) out_ << "further faults are counted only\n";
  }

  void summarise() {
    if (report_.lines == 0) {
      out_ << "no audit events found\n";
      return;
    }
    out_ << (report_.sound() ? "sound" : "BROKEN") << ": " << report_.lines << " events in " << report_.files
         << " files, sequence_num " << report_.first_sequence << " to " << report_.last_sequence << ", "
         << report_.faults << " faults\n";
    if (report_.overflow_gaps != 0) {
      out_ << "lost: " << report_.events_dropped << " events, all accounted for by " << report_.overflow_gaps
           << " overflow events\n";
    }
    if (!chain_.begins_at_start()) {
      out_ << "beginning: events before sequence_num " << report_.first_sequence
           << " are not in these files (retention, or removed)\n";
    }
    out_ << (chain_.ends_with_stop() ? "end: a graceful stop; what may have been cut after it cannot be seen\n"
                                     : "end: not a graceful stop; the proxy runs, was killed, or lines were cut off\n");
    if (report_.last_hash.empty()) {
      out_ << "not chained: changed lines cannot be found\n";
    } else {
      out_ << "last hash: " << report_.last_hash << '\n';
    }
  }

  std::ostream& out_;
  ChainVerifier chain_;
  VerifyReport report_;
};

}  // namespace

VerifyReport verify_files(std::span<const std::filesystem::path> paths, std::ostream& out) {
  return Verification(out).run(paths);
}

}  // namespace sqlproxy::audit
