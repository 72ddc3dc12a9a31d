#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"

namespace sqlproxy::audit {

// Reads the events of a trail in the order of their numbers while it is being written, out of its closed files and the
// current one, and follows it through rotation, compression and a file that somebody moves away. One thread; any number
// of readers may follow one trail.
//
// Whoever calls says how far the trail is stored: bytes behind that may be of a write that is taken back.
class TrailReader {
 public:
  struct Line {
    std::uint64_t sequence = 0;
    std::uint64_t dropped = 0;  // of an overflow event
    std::string_view native;    // the event in format `native`; valid until the next call
  };

  // `paths`: as [audit.file] path has been since the events that are wanted were written; the last is the one of now.
  explicit TrailReader(std::vector<std::filesystem::path> paths);
  ~TrailReader();

  // The trail goes on in a file of another name.
  void follow(std::filesystem::path path);
  // The next line is the first one behind this number.
  void seek(std::uint64_t sequence);
  // The next line up to and with number `through`; nothing: there is none yet. After an error the same call may be made
  // again.
  [[nodiscard]] core::Result<std::optional<Line>> next(std::uint64_t through);

  // The line that next() gave last, or where seek() has led.
  [[nodiscard]] std::uint64_t position() const { return position_; }
  // Lines that were passed over because they are none of a trail.
  [[nodiscard]] std::uint64_t damaged() const { return damaged_; }

 private:
  class File;
  // Opens the file that holds what comes next. False: there is none.
  [[nodiscard]] core::Result<bool> open_next();
  [[nodiscard]] std::optional<Line> take(std::string_view line);

  std::vector<std::filesystem::path> paths_;
  std::uint64_t position_ = 0;
  std::uint64_t damaged_ = 0;
  std::unique_ptr<File> file_;
  std::uint64_t exhausted_ = 0;  // the first number of the last file that was read to its end; 0: none
  std::string line_;
};

}  // namespace sqlproxy::audit
