#include "audit/file_tail.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <string_view>

#include "audit/file_error.hpp"
#include "audit/line_format.hpp"
#include "audit/line_record.hpp"
#include "audit/line_source.hpp"

namespace sqlproxy::audit {
namespace {

constexpr std::uint64_t kFirstWindow = 64 * 1024;
// No format's first bytes are longer.
constexpr std::size_t kBeginning = 16;

core::Result<std::string> read_range(int fd, std::uint64_t from, std::uint64_t size,
                                     const std::filesystem::path& path) {
  std::string bytes(size, '\0');
  std::uint64_t done = 0;
  while (done < size) {
    const ssize_t count = ::pread(fd, bytes.data() + done, size - done, static_cast<off_t>(from + done));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return file_error("read", path, errno);
    if (count == 0) break;
    done += static_cast<std::uint64_t>(count);
  }
  bytes.resize(done);
  return bytes;
}

core::Error not_a_trail(const std::filesystem::path& path) {
  return core::make_error(core::ErrorCode::invalid_input, core::sqlstate::kIoError,
                          "file \"" + path.string() + "\" is not an audit trail",
                          "The file holds something else, so it is neither repaired nor written to.",
                          "Move it away, or give another path in [audit.file].");
}

// A file that was begun by a trail, whatever became of its later bytes. A file of zeros is what a power loss can leave.
bool may_be_trail(std::string_view beginning) {
  for (const LineFormat format : {LineFormat::native, LineFormat::ocsf, LineFormat::ecs}) {
    const std::string_view expected = line_begin(format);
    const std::size_t known = std::min(expected.size(), beginning.size());
    if (beginning.substr(0, known) == expected.substr(0, known)) return true;
  }
  return std::ranges::all_of(beginning, [](char c) { return c == '\0'; });
}

struct SoundLine {
  std::size_t end;  // in the window, behind its newline
  TrailPosition position;
};

// The last sound line of `window`. Its first line counts only where the window begins at the beginning of a line.
std::optional<SoundLine> find_last_sound_line(std::string_view window, bool at_line_start) {
  std::size_t end = window.rfind('\n');
  while (end != std::string_view::npos) {
    const std::size_t before = end == 0 ? std::string_view::npos : window.rfind('\n', end - 1);
    if (before == std::string_view::npos && !at_line_start) return std::nullopt;
    const std::size_t start = before == std::string_view::npos ? 0 : before + 1;
    if (const auto record = parse_line(window.substr(start, end - start)))
      return SoundLine{end + 1, record->position()};
    end = before;
  }
  return std::nullopt;
}

}  // namespace

core::Result<FileTail> read_file_tail(int fd, std::uint64_t size, const std::filesystem::path& path) {
  const core::Result<std::string> beginning = read_range(fd, 0, std::min<std::uint64_t>(size, kBeginning), path);
  if (!beginning) return beginning.error();
  if (!may_be_trail(*beginning)) return not_a_trail(path);

  for (std::uint64_t window_size = std::min(size, kFirstWindow);; window_size = std::min(size, 4 * window_size)) {
    const std::uint64_t from = size - window_size;
    const core::Result<std::string> window = read_range(fd, from, window_size, path);
    if (!window) return window.error();
    if (auto line = find_last_sound_line(*window, from == 0))
      return FileTail{from + line->end, std::move(line->position)};
    if (from == 0) return FileTail{};
    // Two whole lines of the greatest size would have been in it.
    if (window_size > 2 * kMaxLineBytes) return not_a_trail(path);
  }
}

core::Result<TrailPosition> read_last_position(const std::filesystem::path& closed_file) {
  core::Result<LineSource> source = LineSource::open(closed_file);
  if (!source) return source.error();
  std::string last;
  for (std::string line;;) {
    const core::Result<LineSource::Read> read = source->next(line);
    if (!read) return read.error();
    if (*read != LineSource::Read::line) break;
    last.swap(line);
  }
  const auto record = parse_line(last);
  if (!record) return not_a_trail(closed_file);
  return record->position();
}

std::uint64_t read_first_sequence(const std::filesystem::path& path) {
  core::Result<LineSource> source = LineSource::open(path);
  std::string line;
  if (!source || !source->next(line)) return 0;
  const auto record = parse_line(line);
  return record ? record->sequence : 0;
}

}  // namespace sqlproxy::audit
