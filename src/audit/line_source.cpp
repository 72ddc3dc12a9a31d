#include "audit/line_source.hpp"

#include <fcntl.h>
#include <zstd.h>

#include <cerrno>
#include <utility>
#include <vector>

#include "audit/file_descriptor.hpp"
#include "audit/file_error.hpp"

namespace sqlproxy::audit {
namespace {

constexpr std::size_t kChunkBytes = 256 * 1024;

struct FreeDecoder {
  void operator()(ZSTD_DCtx* decoder) const { ZSTD_freeDCtx(decoder); }
};

}  // namespace

// The bytes of a file, decompressed where that is needed.
class LineSource::Input {
 public:
  Input(FileDescriptor file, std::filesystem::path path)
      : file_(std::move(file)), path_(std::move(path)), raw_(kChunkBytes) {
    if (path_.extension() == ".zst") {
      decoder_.reset(ZSTD_createDCtx());
      decoded_.resize(ZSTD_DStreamOutSize());
    }
  }

  // Appends some bytes to `out`; false at the end.
  core::Result<bool> read_more(std::string& out) { return decoder_ ? read_compressed(out) : read_plain(out); }

 private:
  core::Result<bool> read_plain(std::string& out) {
    const core::Result<std::size_t> count = read_chunk();
    if (!count) return count.error();
    out.append(raw_.data(), *count);
    return *count > 0;
  }

  core::Result<bool> read_compressed(std::string& out) {
    for (;;) {
      if (input_.pos == input_.size) {
        const core::Result<std::size_t> count = read_chunk();
        if (!count) return count.error();
        if (*count == 0) {
          if (inside_frame_) return damaged("its compressed data ends early");
          return false;
        }
        input_ = {raw_.data(), *count, 0};
      }
      ZSTD_outBuffer output{decoded_.data(), decoded_.size(), 0};
      const std::size_t result = ZSTD_decompressStream(decoder_.get(), &output, &input_);
      if (ZSTD_isError(result) != 0) return damaged(ZSTD_getErrorName(result));
      inside_frame_ = result != 0;
      out.append(decoded_.data(), output.pos);
      if (output.pos > 0) return true;
    }
  }

  core::Result<std::size_t> read_chunk() {
    for (;;) {
      const ssize_t count = ::read(file_.get(), raw_.data(), raw_.size());
      if (count >= 0) return static_cast<std::size_t>(count);
      if (errno != EINTR) return file_error("read", path_, errno);
    }
  }

  [[nodiscard]] core::Error damaged(const std::string& reason) const {
    return core::make_error(core::ErrorCode::invalid_input, core::sqlstate::kIoError,
                            "file \"" + path_.string() + "\" is damaged: " + reason);
  }

  FileDescriptor file_;
  std::filesystem::path path_;
  std::vector<char> raw_;
  std::vector<char> decoded_;
  std::unique_ptr<ZSTD_DCtx, FreeDecoder> decoder_;
  ZSTD_inBuffer input_{nullptr, 0, 0};
  bool inside_frame_ = false;
};

LineSource::LineSource(std::unique_ptr<Input> input) : input_(std::move(input)) {}
LineSource::LineSource(LineSource&&) noexcept = default;
LineSource& LineSource::operator=(LineSource&&) noexcept = default;
LineSource::~LineSource() = default;

core::Result<LineSource> LineSource::open(const std::filesystem::path& path) {
  FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.valid()) return file_error("open", path, errno);
  return LineSource(std::make_unique<Input>(std::move(file), path));
}

core::Result<LineSource::Read> LineSource::next(std::string& line) {
  std::size_t searched = at_;
  for (;;) {
    const std::size_t newline = buffer_.find('\n', searched);
    if (newline != std::string::npos) {
      line.assign(buffer_, at_, newline - at_);
      at_ = newline + 1;
      return Read::line;
    }
    buffer_.erase(0, at_);
    at_ = 0;
    searched = buffer_.size();
    if (buffer_.size() > kMaxLineBytes) {
      return core::make_error(core::ErrorCode::limit_exceeded, core::sqlstate::kIoError,
                              "a line is too long for an audit event");
    }
    const core::Result<bool> more = input_->read_more(buffer_);
    if (!more) return more.error();
    if (*more) continue;
    if (buffer_.empty()) return Read::end;
    line = std::exchange(buffer_, {});
    return Read::torn;
  }
}

}  // namespace sqlproxy::audit
