#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>

#include "core/result.hpp"

namespace sqlproxy::audit {

// No line of a trail is longer: the bounds of event_encoder.hpp, every byte escaped, come to less.
inline constexpr std::size_t kMaxLineBytes = 64 * 1024 * 1024;

// Reads the lines of a file of the trail, plain or compressed (name ends in .zst), one after the other.
class LineSource {
 public:
  enum class Read {
    line,  // a whole line
    torn,  // bytes after the last newline
    end,
  };

  [[nodiscard]] static core::Result<LineSource> open(const std::filesystem::path& path);

  LineSource(LineSource&&) noexcept;
  LineSource& operator=(LineSource&&) noexcept;
  ~LineSource();

  // Puts the next line, without its newline, into `line`. Fails when the file cannot be read, its compressed form is
  // damaged, or a line is longer than kMaxLineBytes.
  [[nodiscard]] core::Result<Read> next(std::string& line);

 private:
  class Input;
  explicit LineSource(std::unique_ptr<Input> input);

  std::unique_ptr<Input> input_;
  std::string buffer_;
  std::size_t at_ = 0;  // in buffer_
};

}  // namespace sqlproxy::audit
