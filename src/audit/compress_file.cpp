#include "audit/compress_file.hpp"

#include <fcntl.h>
#include <zstd.h>

#include <cerrno>
#include <memory>
#include <system_error>
#include <vector>

#include "audit/file_descriptor.hpp"
#include "audit/file_error.hpp"
#include "audit/write_all.hpp"

namespace sqlproxy::audit {
namespace {

constexpr int kLevel = 3;

struct FreeEncoder {
  void operator()(ZSTD_CCtx* encoder) const { ZSTD_freeCCtx(encoder); }
};

class Compression {
 public:
  Compression(const std::filesystem::path& source, const std::filesystem::path& target)
      : source_(source),
        target_(target),
        raw_(ZSTD_CStreamInSize()),
        encoded_(ZSTD_CStreamOutSize()),
        encoder_(ZSTD_createCCtx()) {
    ZSTD_CCtx_setParameter(encoder_.get(), ZSTD_c_compressionLevel, kLevel);
    ZSTD_CCtx_setParameter(encoder_.get(), ZSTD_c_checksumFlag, 1);
  }

  core::Status run(const std::atomic<bool>& cancelled) {
    const FileDescriptor in(::open(source_.c_str(), O_RDONLY | O_CLOEXEC));
    if (!in.valid()) return file_error("open", source_, errno);
    const FileDescriptor out(::open(target_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640));
    if (!out.valid()) return file_error("create", target_, errno);
    for (bool last = false; !last;) {
      if (cancelled.load(std::memory_order_relaxed)) {
        return core::make_error(core::ErrorCode::closed, core::sqlstate::kAdminShutdown, "compression was stopped");
      }
      const ssize_t count = ::read(in.get(), raw_.data(), raw_.size());
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return file_error("read", source_, errno);
      last = count == 0;
      if (core::Status encoded = encode(out.get(), static_cast<std::size_t>(count), last); !encoded) return encoded;
    }
    if (::fsync(out.get()) != 0) return file_error("sync", target_, errno);
    return {};
  }

 private:
  core::Status encode(int out, std::size_t count, bool last) {
    ZSTD_inBuffer input{raw_.data(), count, 0};
    for (;;) {
      ZSTD_outBuffer output{encoded_.data(), encoded_.size(), 0};
      const std::size_t left =
          ZSTD_compressStream2(encoder_.get(), &output, &input, last ? ZSTD_e_end : ZSTD_e_continue);
      if (ZSTD_isError(left) != 0) {
        return core::make_error(core::ErrorCode::internal, core::sqlstate::kInternalError,
                                std::string("cannot compress: ") + ZSTD_getErrorName(left));
      }
      if (const int error = write_all(out, {encoded_.data(), output.pos}); error != 0)
        return file_error("write", target_, error);
      if (last ? left == 0 : input.pos == input.size) return {};
    }
  }

  const std::filesystem::path& source_;
  const std::filesystem::path& target_;
  std::vector<char> raw_;
  std::vector<char> encoded_;
  std::unique_ptr<ZSTD_CCtx, FreeEncoder> encoder_;
};

}  // namespace

core::Status compress_file(const std::filesystem::path& source, const std::filesystem::path& target,
                           const std::atomic<bool>& cancelled) {
  std::filesystem::path temporary = target;
  temporary += ".tmp";
  core::Status done = Compression(source, temporary).run(cancelled);
  if (done && ::rename(temporary.c_str(), target.c_str()) != 0) done = file_error("rename", temporary, errno);
  if (!done) {
    std::error_code ignored;
    std::filesystem::remove(temporary, ignored);
    return done;
  }
  sync_folder_of(target);
  return {};
}

void sync_folder_of(const std::filesystem::path& path) {
  const std::filesystem::path folder = path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
  const FileDescriptor descriptor(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  // Some file systems cannot sync a folder, and a folder need not be readable: nothing more can be done then.
  if (descriptor.valid()) static_cast<void>(::fsync(descriptor.get()));
}

}  // namespace sqlproxy::audit
