#include "audit/trail_reader.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include "audit/closed_file.hpp"
#include "audit/file_descriptor.hpp"
#include "audit/file_error.hpp"
#include "audit/file_tail.hpp"
#include "audit/line_record.hpp"
#include "audit/line_source.hpp"

namespace sqlproxy::audit {
namespace {

constexpr std::size_t kChunkBytes = 1024 * 1024;

struct Candidate {
  std::filesystem::path path;
  std::uint64_t first_sequence = 0;
  bool current = false;
};

// Every file that may hold lines of the trail. The current files are looked at first: one that is rotated meanwhile
// appears twice, never not at all.
std::vector<Candidate> list_files(const std::vector<std::filesystem::path>& paths) {
  std::vector<Candidate> files;
  for (const std::filesystem::path& path : paths) {
    if (const std::uint64_t first = read_first_sequence(path); first != 0) files.push_back({path, first, true});
  }
  for (const std::filesystem::path& path : paths) {
    for (ClosedFile& closed : list_closed_files(path)) {
      std::erase_if(files, [&](const Candidate& file) { return file.first_sequence == closed.first_sequence; });
      files.push_back({std::move(closed.path), closed.first_sequence, false});
    }
  }
  return files;
}

// The file with the line behind `position`: the last one that begins at or before that line, or else (numbers may be
// missing) the first one at all.
const Candidate* choose(const std::vector<Candidate>& files, std::uint64_t position, std::uint64_t exhausted) {
  const Candidate* before = nullptr;
  const Candidate* behind = nullptr;
  for (const Candidate& file : files) {
    if (file.first_sequence <= exhausted) continue;
    if (file.first_sequence <= position + 1) {
      if (before == nullptr || file.first_sequence > before->first_sequence) before = &file;
    } else if (behind == nullptr || file.first_sequence < behind->first_sequence) {
      behind = &file;
    }
  }
  return before != nullptr ? before : behind;
}

}  // namespace

// One file, from its beginning to its end so far.
class TrailReader::File {
 public:
  static core::Result<std::unique_ptr<File>> open(const Candidate& candidate) {
    auto file = std::make_unique<File>();
    file->path_ = candidate.path;
    file->first_sequence_ = candidate.first_sequence;
    file->current_ = candidate.current;
    if (candidate.path.extension() == ".zst") {
      core::Result<LineSource> source = LineSource::open(candidate.path);
      if (!source) return std::move(source).error();
      file->compressed_.emplace(*std::move(source));
    } else {
      file->descriptor_.reset(::open(candidate.path.c_str(), O_RDONLY | O_CLOEXEC));
      if (!file->descriptor_.valid()) return file_error("open", candidate.path, errno);
    }
    return file;
  }

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] std::uint64_t first_sequence() const { return first_sequence_; }

  // The next whole line. It stays the next one until accept() is called. `through`: how far the trail is stored now.
  core::Result<std::optional<std::string_view>> peek(std::uint64_t through) {
    if (compressed_) return peek_compressed();
    if (at_ == buffer_.size() || buffer_through_ != through) {
      if (core::Status filled = refill(through); !filled) return std::move(filled).error();
    }
    if (at_ == buffer_.size()) return std::optional<std::string_view>();
    const std::size_t end = buffer_.find('\n', at_);
    return std::optional(std::string_view(buffer_).substr(at_, end - at_));
  }

  void accept() {
    held_.reset();
    if (!compressed_) at_ = buffer_.find('\n', at_) + 1;
  }

  // Nothing will be added to the file any more: it is a closed one, or another one stands in its place. What was added
  // just before may not have been read yet.
  [[nodiscard]] bool complete() const {
    if (!current_) return true;
    struct stat here{};
    struct stat there{};
    if (::fstat(descriptor_.get(), &here) != 0 || ::stat(path_.c_str(), &there) != 0) return true;
    return here.st_dev != there.st_dev || here.st_ino != there.st_ino;
  }

 private:
  core::Result<std::optional<std::string_view>> peek_compressed() {
    if (!held_) {
      std::string line;
      const core::Result<LineSource::Read> read = compressed_->next(line);
      if (!read) return read.error();
      if (*read != LineSource::Read::line) return std::optional<std::string_view>();
      held_ = std::move(line);
    }
    return std::optional<std::string_view>(*held_);
  }

  // Reads anew from the first line that was not accepted: what stood behind the stored lines may have changed.
  core::Status refill(std::uint64_t through) {
    offset_ += at_;
    at_ = 0;
    buffer_through_ = through;
    for (std::size_t size = kChunkBytes;; size *= 2) {
      buffer_.resize(size);
      std::size_t have = 0;
      while (have < size) {
        const ssize_t count =
            ::pread(descriptor_.get(), buffer_.data() + have, size - have, static_cast<off_t>(offset_ + have));
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) {
          const int error = errno;
          buffer_.clear();
          return file_error("read", path_, error);
        }
        if (count == 0) break;
        have += static_cast<std::size_t>(count);
      }
      buffer_.resize(have);
      const std::size_t newline = buffer_.rfind('\n');
      buffer_.resize(newline == std::string::npos ? 0 : newline + 1);
      // A line may be longer than what was read.
      if (!buffer_.empty() || have < size || size > kMaxLineBytes) return {};
    }
  }

  std::filesystem::path path_;
  std::uint64_t first_sequence_ = 0;
  bool current_ = false;
  std::optional<LineSource> compressed_;
  std::optional<std::string> held_;  // of a compressed file
  FileDescriptor descriptor_;        // of any other
  std::uint64_t offset_ = 0;         // of buffer_ in the file
  std::string buffer_;               // whole lines
  std::size_t at_ = 0;
  std::uint64_t buffer_through_ = 0;  // how far the trail was stored when they were read
};

TrailReader::TrailReader(std::vector<std::filesystem::path> paths) : paths_(std::move(paths)) {}
TrailReader::~TrailReader() = default;

void TrailReader::follow(std::filesystem::path path) {
  std::erase(paths_, path);
  paths_.push_back(std::move(path));
}

void TrailReader::seek(std::uint64_t sequence) {
  position_ = sequence;
  exhausted_ = 0;
  file_.reset();
}

core::Result<std::optional<TrailReader::Line>> TrailReader::next(std::uint64_t through) {
  while (position_ < through) {
    if (!file_) {
      const core::Result<bool> opened = open_next();
      if (!opened) return opened.error();
      if (!*opened) return std::optional<Line>();
    }
    // Asked before the file is read: what is read then is all of it.
    const bool complete = file_->path() != paths_.back() || file_->complete();
    core::Result<std::optional<std::string_view>> text = file_->peek(through);
    if (!text) {
      file_.reset();
      return std::move(text).error();
    }
    if (!text->has_value()) {
      if (!complete) return std::optional<Line>();
      exhausted_ = file_->first_sequence();
      file_.reset();
      continue;
    }
    line_.assign(**text);
    const std::optional<LineRecord> record = parse_line(line_);
    if (record && record->sequence > through) return std::optional<Line>();
    file_->accept();
    if (!record) {
      ++damaged_;
    } else if (record->sequence > position_) {
      position_ = record->sequence;
      return std::optional(Line{record->sequence, record->dropped, record->native});
    }
  }
  return std::optional<Line>();
}

core::Result<bool> TrailReader::open_next() {
  const std::vector<Candidate> files = list_files(paths_);
  const Candidate* const chosen = choose(files, position_, exhausted_);
  if (chosen == nullptr) return false;
  core::Result<std::unique_ptr<File>> file = File::open(*chosen);
  if (!file) {
    // Compressed or deleted just now: the next look finds what is there.
    std::error_code ignored;
    if (!std::filesystem::exists(chosen->path, ignored)) return false;
    return std::move(file).error();
  }
  // It may have been rotated between the two looks.
  if (chosen->current) {
    const core::Result<std::optional<std::string_view>> first = (*file)->peek(UINT64_MAX);
    if (!first) return first.error();
    const std::optional<LineRecord> record = *first ? parse_line(**first) : std::nullopt;
    if (!record || record->sequence != chosen->first_sequence) return false;
  }
  file_ = *std::move(file);
  return true;
}

}  // namespace sqlproxy::audit
